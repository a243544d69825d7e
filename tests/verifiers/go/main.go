// Command verify checks an export of a ledger: verify DIRECTORY.
//
// Notes and hashes are judged by golang.org/x/mod/sumdb, the reference of the Go checksum database;
// the rest is the standard library. What is checked, in which order, stands in the README beside
// this folder. Exit 0 and one line; exit 1 and the first fault as "place: class: sentence"; exit 2
// for wrong usage.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Fault is the one way in which a check says no.
type Fault struct {
	// Place is a file of the export or "position N".
	Place string
	// Kind is one of the classes in the README.
	Kind string
	// Detail is a sentence for a person.
	Detail string
}

func (f *Fault) Error() string {
	return f.Place + ": " + f.Kind + ": " + f.Detail
}

func fault(place, kind, format string, arguments ...any) *Fault {
	return &Fault{place, kind, fmt.Sprintf(format, arguments...)}
}

func main() {
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintln(os.Stderr, "usage: verify DIRECTORY")
		os.Exit(2)
	}
	if at, err := os.Stat(os.Args[1]); err != nil || !at.IsDir() {
		fmt.Fprintf(os.Stderr, "%s is not a directory; usage: verify DIRECTORY\n", os.Args[1])
		os.Exit(2)
	}
	summary, found := verify(&Export{os.Args[1]})
	if found != nil {
		// Names in a forged export may hold line ends or worse; one line must stay one line.
		quoted := strconv.Quote(found.Error())
		fmt.Fprintln(os.Stderr, quoted[1:len(quoted)-1])
		os.Exit(1)
	}
	fmt.Println(summary)
}

// verify returns the summary of a good export, or the first fault.
func verify(export *Export) (string, *Fault) {
	keys, found := readKeys(export)
	if found != nil {
		return "", found
	}
	head, cosigned, found := openFile(export, keys, "checkpoint")
	if found != nil {
		return "", found
	}
	for _, cosigner := range keys.cosigners {
		if !cosigned[cosigner.Name()] {
			return "", fault("checkpoint", "cosignature", "%s has not signed it", cosigner.Name())
		}
	}
	old, kept, found := oldCheckpoint(export, keys, head)
	if found != nil {
		return "", found
	}
	tree := &Tree{}
	if found := checkTree(export, tree, head, old); found != nil {
		return "", found
	}
	proofs, found := checkProofs(export, keys, tree)
	if found != nil {
		return "", found
	}
	return fmt.Sprintf("ok: %s: %d entries, root %s, kept checkpoint %s, %d proofs, %d cosignatures",
		keys.log.Name(), head.size, head.root, kept, proofs, len(cosigned)), nil
}

func readKeys(export *Export) (*Keys, *Fault) {
	line, found := export.text("vkey")
	if found != nil {
		return nil, found
	}
	keys := &Keys{}
	if keys.log, found = logKey(strings.TrimSuffix(line, "\n")); found != nil {
		return nil, found
	}
	if !export.has("cosigners") {
		return keys, nil
	}
	lines, found := export.text("cosigners")
	if found != nil {
		return nil, found
	}
	for _, line := range strings.Split(lines, "\n") {
		if line == "" {
			continue
		}
		key, found := cosignerKey(line)
		if found != nil {
			return nil, found
		}
		keys.cosigners = append(keys.cosigners, key)
	}
	return keys, nil
}

func oldCheckpoint(export *Export, keys *Keys, head Checkpoint) (*Checkpoint, string, *Fault) {
	if !export.has("old-checkpoint") {
		return nil, "none", nil
	}
	old, _, found := openFile(export, keys, "old-checkpoint")
	if found != nil {
		return nil, "", found
	}
	if old.size > head.size {
		return nil, "", fault("checkpoint", "rolled_back", "has %d entries, the kept one %d", head.size, old.size)
	}
	if old.size == head.size && old.root != head.root {
		return nil, "", fault("checkpoint", "fork", "another root than the kept one of the same %d entries", old.size)
	}
	return &old, fmt.Sprint(old.size), nil
}

func openFile(export *Export, keys *Keys, place string) (Checkpoint, map[string]bool, *Fault) {
	content, found := export.read(place, largestNote)
	if found != nil {
		return Checkpoint{}, nil, found
	}
	return keys.open(content, place)
}
