package main

// The rules that the entries of one ledger keep: shape, order, versions, ids, clock.

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"time"
)

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

type check func(value any) bool

// fields are in the order in which the first wrong one is named.
var fields = []struct {
	name     string
	optional bool
	isRight  check
}{
	{"data", false, func(value any) bool { _, ok := value.(map[string]any); return ok }},
	{"expected_version", true, whole(0)},
	{"id", false, matching(uuid)},
	{"occurred_on", false, dated("[0-9]{4}-[0-9]{2}-[0-9]{2}", "2006-01-02")},
	{"position", false, whole(0)},
	{"recorded_at", false, dated(
		`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z`, "2006-01-02T15:04:05.000Z")},
	{"recorded_by", false, matching("system|staff/" + uuid)},
	{"schema", true, whole(1)},
	{"sealed", true, isSealed},
	{"source", true, matching("pc|phone|import|api|system")},
	{"subject", false, matching("programme/plan|[a-z]+/" + uuid)},
	{"type", false, matching(`[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*`)},
	{"version", false, whole(1)},
}

var (
	wholeForm    = regexp.MustCompile("^[0-9]{1,15}$")
	isCommitment = matching("[0-9a-f]{64}")
	isSubjectKey = matching("[a-z]+/" + uuid)
)

func whole(least int64) check {
	return func(value any) bool {
		token, ok := value.(json.Number)
		return ok && wholeForm.MatchString(string(token)) && integer(value) >= least
	}
}

// integer is the value of what whole has let pass.
func integer(value any) int64 {
	number, _ := strconv.ParseInt(string(value.(json.Number)), 10, 64)
	return number
}

func matching(pattern string) check {
	form := regexp.MustCompile("^(?:" + pattern + ")$")
	return func(value any) bool {
		text, ok := value.(string)
		return ok && form.MatchString(text)
	}
}

func dated(pattern, layout string) check {
	hasForm := matching(pattern)
	return func(value any) bool {
		if !hasForm(value) {
			return false
		}
		day, err := time.Parse(layout, value.(string))
		return err == nil && day.Year() > 0
	}
}

func isSealed(value any) bool {
	members, ok := value.(map[string]any)
	if !ok || len(members) != 3 {
		return false
	}
	names, ok := members["fields"].([]any)
	if !ok || len(names) == 0 {
		return false
	}
	previous := ""
	for _, name := range names {
		text, ok := name.(string)
		if !ok || text <= previous {
			return false
		}
		previous = text
	}
	return isCommitment(members["commitment"]) && isSubjectKey(members["key"])
}

// History is what of the entries so far decides whether the next may follow.
type History struct {
	positions  map[string]int64
	versions   map[string]int64
	recordedAt string
}

func newHistory() *History {
	return &History{positions: map[string]int64{}, versions: map[string]int64{}}
}

func place(position int64) string {
	return fmt.Sprintf("position %d", position)
}

// follow checks the bytes of the next entry and returns the first fault in them.
func (h *History) follow(position int64, content []byte) *Fault {
	at := place(position)
	entry, found := readEntry(at, content)
	if found != nil {
		return found
	}
	if says := integer(entry["position"]); says != position {
		return fault(at, "position", "the entry says %d", says)
	}
	id := entry["id"].(string)
	if first, known := h.positions[id]; known {
		return fault(at, "id", "already at position %d", first)
	}
	h.positions[id] = position
	subject, version := entry["subject"].(string), integer(entry["version"])
	if follows := h.versions[subject] + 1; version != follows {
		return fault(at, "version", "is %d, but %d follows for this subject", version, follows)
	}
	h.versions[subject] = version
	if expected, there := entry["expected_version"]; there && integer(expected) != version-1 {
		return fault(at, "expected_version", "is %d at version %d", integer(expected), version)
	}
	recordedAt := entry["recorded_at"].(string)
	if recordedAt < h.recordedAt {
		return fault(at, "time", "recorded before the entry at position %d", position-1)
	}
	h.recordedAt = recordedAt
	return nil
}

func readEntry(at string, content []byte) (map[string]any, *Fault) {
	value, err := parseCanonical(content)
	if err != nil {
		return nil, fault(at, "canonical", "%v", err)
	}
	entry, ok := value.(map[string]any)
	if !ok {
		return nil, fault(at, "entry", "not an object")
	}
	if name, there := unknownField(entry); there {
		return nil, fault(at, "entry", "unknown field %s", name)
	}
	for _, field := range fields {
		value, there := entry[field.name]
		if !there && !field.optional {
			return nil, fault(at, "entry", "no field %s", field.name)
		}
		if there && !field.isRight(value) {
			return nil, fault(at, "entry", "field %s has not the form of the envelope", field.name)
		}
	}
	if sealed, there := entry["sealed"]; there {
		data := entry["data"].(map[string]any)
		for _, name := range sealed.(map[string]any)["fields"].([]any) {
			if _, open := data[name.(string)]; open {
				return nil, fault(at, "entry", "sealed field %s stands in data", name)
			}
		}
	}
	return entry, nil
}

// unknownField returns the first name that the envelope does not know, if there is one.
func unknownField(entry map[string]any) (string, bool) {
	var unknown []string
	for name := range entry {
		known := false
		for _, field := range fields {
			known = known || field.name == name
		}
		if !known {
			unknown = append(unknown, name)
		}
	}
	sort.Strings(unknown)
	if len(unknown) == 0 {
		return "", false
	}
	return unknown[0], true
}
