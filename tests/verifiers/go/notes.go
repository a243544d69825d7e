package main

// C2SP signed-note, tlog-checkpoint and tlog-cosignature: keys, signatures, the three lines.

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	logSignature = 0x01
	cosignature  = 0x04
)

var (
	keyForm    = regexp.MustCompile(`^([^+]+)\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)$`)
	numberForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,18})$`)
)

// Keys are those that the auditor holds.
type Keys struct {
	log       note.Verifier
	cosigners []note.Verifier
}

// Checkpoint is the size and root that the ledger signed.
type Checkpoint struct {
	size int64
	root tlog.Hash
}

// cosigner verifies timestamped signatures (type 0x04), which package note does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	if time >= 1<<63 {
		return false
	}
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
	return ed25519.Verify(c.key, message, signature[8:])
}

func logKey(line string) (note.Verifier, *Fault) {
	if _, found := parseKey(line, logSignature, "vkey"); found != nil {
		return nil, found
	}
	verifier, err := note.NewVerifier(line)
	if err != nil {
		return nil, fault("vkey", "key", "%v", err)
	}
	return verifier, nil
}

func cosignerKey(line string) (note.Verifier, *Fault) {
	key, found := parseKey(line, cosignature, "cosigners")
	if found != nil {
		return nil, found
	}
	return key, nil
}

func parseKey(line string, kind byte, place string) (*cosigner, *Fault) {
	parts := keyForm.FindStringSubmatch(line)
	if parts == nil || !validName(parts[1]) {
		return nil, fault(place, "key", "not a key of the form name+id+base64")
	}
	content, ok := strictBase64(parts[3])
	if !ok || len(content) != 1+ed25519.PublicKeySize || content[0] != kind {
		return nil, fault(place, "key", "not an Ed25519 key of signature type %d", kind)
	}
	digest := sha256.Sum256(append([]byte(parts[1]+"\n"), content...))
	if fmt.Sprintf("%x", digest[:4]) != parts[2] {
		return nil, fault(place, "key", "the key's id does not belong to its name and bytes")
	}
	return &cosigner{parts[1], binary.BigEndian.Uint32(digest[:4]), ed25519.PublicKey(content[1:])}, nil
}

func validName(name string) bool {
	bad := func(letter rune) bool { return unicode.IsSpace(letter) || letter < ' ' || letter == '+' }
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, bad) < 0
}

// strictBase64 refuses every spelling but the one that encoding gives.
func strictBase64(text string) ([]byte, bool) {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(content) != text {
		return nil, false
	}
	return content, true
}

// number reads a decimal below 2^63 without leading zero.
func number(text string) (int64, bool) {
	if !numberForm.MatchString(text) {
		return 0, false
	}
	value, err := strconv.ParseInt(text, 10, 64)
	return value, err == nil
}

// open checks a note under the log's key and the cosigners' and reads its checkpoint.
func (k *Keys) open(content []byte, place string) (Checkpoint, map[string]bool, *Fault) {
	text, lines, found := split(content, place)
	if found != nil {
		return Checkpoint{}, nil, found
	}
	signed, found := signedBy(k.log, text, lines, place, "signature")
	if found != nil {
		return Checkpoint{}, nil, found
	}
	if !signed {
		return Checkpoint{}, nil, fault(place, "signature", "not signed by the key of %s", k.log.Name())
	}
	cosigned := map[string]bool{}
	for _, key := range k.cosigners {
		signed, found := signedBy(key, text, lines, place, "cosignature")
		if found != nil {
			return Checkpoint{}, nil, found
		}
		if signed {
			cosigned[key.Name()] = true
		}
	}
	checkpoint, found := k.body(text, place)
	return checkpoint, cosigned, found
}

// split lets package note judge the form, with no key known, and hands out text and signature lines.
func split(content []byte, place string) (string, []string, *Fault) {
	var unverified *note.UnverifiedNoteError
	if _, err := note.Open(content, nil); !errors.As(err, &unverified) {
		return "", nil, fault(place, "note", "not a signed note: %v", err)
	}
	at := bytes.LastIndex(content, []byte("\n\n"))
	lines := strings.Split(strings.TrimSuffix(string(content[at+2:]), "\n"), "\n")
	for _, line := range lines {
		// Package note lets bits after the end of the base64 pass.
		if _, ok := strictBase64(line[strings.LastIndexByte(line, ' ')+1:]); !ok {
			return "", nil, fault(place, "note", "a signature is not base64")
		}
	}
	return string(content[:at+1]), lines, nil
}

// signedBy opens the note once for each line, since package note skips a key's second one.
func signedBy(key note.Verifier, text string, lines []string, place, kind string) (bool, *Fault) {
	signed := false
	for _, line := range lines {
		_, err := note.Open([]byte(text+"\n"+line+"\n"), note.VerifierList(key))
		var unverified *note.UnverifiedNoteError
		if errors.As(err, &unverified) {
			continue
		}
		if err != nil {
			return false, fault(place, kind, "the signature of %s does not hold", key.Name())
		}
		signed = true
	}
	return signed, nil
}

func (k *Keys) body(text, place string) (Checkpoint, *Fault) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, fault(place, "checkpoint", "not three lines: origin, size, root")
	}
	if lines[0] != k.log.Name() {
		return Checkpoint{}, fault(place, "origin", "of another log than %s", k.log.Name())
	}
	size, ok := number(lines[1])
	if !ok {
		return Checkpoint{}, fault(place, "checkpoint", "the size is not a decimal number without leading zero")
	}
	root, ok := strictBase64(lines[2])
	if !ok || len(root) != tlog.HashSize {
		return Checkpoint{}, fault(place, "checkpoint", "the root is not the base64 of 32 bytes")
	}
	checkpoint := Checkpoint{size: size}
	copy(checkpoint.root[:], root)
	return checkpoint, nil
}
