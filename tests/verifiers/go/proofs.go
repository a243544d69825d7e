package main

// C2SP tlog-proof files: each against its own checkpoint, and that against the tree.

import (
	"bytes"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

var proofName = regexp.MustCompile(`^proofs/(0|[1-9][0-9]{0,18})\.(tlog-proof|entry)$`)

// Proof is one as it stands in its file; the checkpoint is still unread.
type Proof struct {
	index      int64
	siblings   tlog.RecordProof
	checkpoint []byte
}

// checkProofs returns how many good proofs there are, or the first fault.
func checkProofs(export *Export, keys *Keys, tree *Tree) (int, *Fault) {
	paths, found := export.files("proofs")
	if found != nil {
		return 0, found
	}
	var positions []int64
	seen := map[int64]bool{}
	for _, path := range paths {
		name := proofName.FindStringSubmatch(path)
		if name == nil {
			return 0, fault(path, "layout", "neither a proof nor an entry of a position")
		}
		position, ok := number(name[1])
		if !ok {
			return 0, fault(path, "layout", "neither a proof nor an entry of a position")
		}
		if !seen[position] {
			positions = append(positions, position)
		}
		seen[position] = true
	}
	sort.Slice(positions, func(one, other int) bool { return positions[one] < positions[other] })
	for _, position := range positions {
		if found := checkProof(export, keys, tree, position); found != nil {
			return 0, found
		}
	}
	return len(positions), nil
}

func checkProof(export *Export, keys *Keys, tree *Tree, position int64) *Fault {
	place := fmt.Sprintf("proofs/%d.tlog-proof", position)
	content, found := export.read(place, largestNote)
	if found != nil {
		return found
	}
	proof, found := parseProof(content, place)
	if found != nil {
		return found
	}
	entry, found := export.read(fmt.Sprintf("proofs/%d.entry", position), largestNote)
	if found != nil {
		return found
	}
	if proof.index != position {
		return fault(place, "index", "is for position %d", proof.index)
	}
	checkpoint, _, found := keys.open(proof.checkpoint, place)
	if found != nil {
		return found
	}
	if checkpoint.size > tree.size {
		return fault(place, "rolled_back", "its checkpoint has %d entries, the ledger only %d", checkpoint.size, tree.size)
	}
	if !tree.agrees(checkpoint) {
		return fault(place, "history",
			"the first %d entries do not give the root of its checkpoint", checkpoint.size)
	}
	if position >= checkpoint.size || tlog.CheckRecord(
		proof.siblings, checkpoint.size, checkpoint.root, position, tlog.RecordHash(entry)) != nil {
		return fault(place, "inclusion", "does not lead from the entry to the root of its checkpoint")
	}
	return nil
}

// parseProof reads header, optional extra, index, hashes, empty line, checkpoint.
func parseProof(content []byte, place string) (*Proof, *Fault) {
	at := bytes.Index(content, []byte("\n\n"))
	if at < 0 {
		at = len(content)
	}
	if !utf8.Valid(content[:at]) {
		return nil, fault(place, "proof", "not UTF-8")
	}
	lines := strings.Split(string(content[:at]), "\n")
	if at == len(content) || lines[0] != proofHeader {
		return nil, fault(place, "proof", "does not begin with %s, or has no empty line", proofHeader)
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if _, ok := strictBase64(lines[0][len("extra "):]); !ok {
			return nil, fault(place, "proof", "the extra data is not base64")
		}
		lines = lines[1:]
	}
	proof := &Proof{checkpoint: content[at+2:]}
	ok := len(lines) > 0 && strings.HasPrefix(lines[0], "index ")
	if ok {
		proof.index, ok = number(lines[0][len("index "):])
	}
	if !ok {
		return nil, fault(place, "proof", "no index as a decimal number without leading zero")
	}
	for _, line := range lines[1:] {
		sibling, ok := strictBase64(line)
		if !ok || len(sibling) != tlog.HashSize {
			return nil, fault(place, "proof", "a line is not the base64 of a hash")
		}
		var hash tlog.Hash
		copy(hash[:], sibling)
		proof.siblings = append(proof.siblings, hash)
	}
	return proof, nil
}
