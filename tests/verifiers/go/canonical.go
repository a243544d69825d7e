package main

// Canonical JSON (RFC 8785, JCS): parse, write again by the rules, compare bytes.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const deepest = 128

var (
	errNotJSON      = errors.New("the bytes are not JSON in UTF-8")
	errNotCanonical = errors.New("the bytes are not the canonical form (RFC 8785) of their value")
	errTooDeep      = fmt.Errorf("nested deeper than %d", deepest)
)

// parseCanonical returns the value of canonical bytes; numbers as json.Number.
func parseCanonical(content []byte) (any, error) {
	if !utf8.Valid(content) {
		return nil, errNotJSON
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errNotJSON
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errNotJSON
	}
	var written strings.Builder
	if err := writeValue(&written, value, 0); err != nil {
		return nil, err
	}
	if written.String() != string(content) {
		return nil, errNotCanonical
	}
	return value, nil
}

func writeValue(to *strings.Builder, value any, depth int) error {
	if depth > deepest {
		return errTooDeep
	}
	switch value := value.(type) {
	case nil:
		to.WriteString("null")
	case bool:
		to.WriteString(strconv.FormatBool(value))
	case string:
		writeString(to, value)
	case json.Number:
		return writeNumber(to, value)
	case []any:
		return writeArray(to, value, depth)
	case map[string]any:
		return writeObject(to, value, depth)
	}
	return nil
}

func writeArray(to *strings.Builder, items []any, depth int) error {
	to.WriteByte('[')
	for at, item := range items {
		if at > 0 {
			to.WriteByte(',')
		}
		if err := writeValue(to, item, depth+1); err != nil {
			return err
		}
	}
	to.WriteByte(']')
	return nil
}

func writeObject(to *strings.Builder, members map[string]any, depth int) error {
	keys := make([]string, 0, len(members))
	for key := range members {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(one, other int) bool { return precedes(keys[one], keys[other]) })
	to.WriteByte('{')
	for at, key := range keys {
		if at > 0 {
			to.WriteByte(',')
		}
		writeString(to, key)
		to.WriteByte(':')
		if err := writeValue(to, members[key], depth+1); err != nil {
			return err
		}
	}
	to.WriteByte('}')
	return nil
}

// precedes compares UTF-16 code units, as section 3.2.3 wants; that is not the order of the bytes.
func precedes(one, other string) bool {
	left, right := utf16.Encode([]rune(one)), utf16.Encode([]rune(other))
	for at := 0; at < len(left) && at < len(right); at++ {
		if left[at] != right[at] {
			return left[at] < right[at]
		}
	}
	return len(left) < len(right)
}

func writeString(to *strings.Builder, text string) {
	to.WriteByte('"')
	for _, letter := range text {
		switch letter {
		case '"', '\\':
			to.WriteByte('\\')
			to.WriteRune(letter)
		case '\b':
			to.WriteString(`\b`)
		case '\f':
			to.WriteString(`\f`)
		case '\n':
			to.WriteString(`\n`)
		case '\r':
			to.WriteString(`\r`)
		case '\t':
			to.WriteString(`\t`)
		default:
			if letter < ' ' {
				fmt.Fprintf(to, `\u%04x`, letter)
			} else {
				to.WriteRune(letter)
			}
		}
	}
	to.WriteByte('"')
}

// writeNumber writes a double as ECMAScript does: shortest digits, exponent outside of 1e-6 to 1e21.
func writeNumber(to *strings.Builder, token json.Number) error {
	value, err := strconv.ParseFloat(string(token), 64)
	if err != nil {
		return errors.New("a number is too large for a double")
	}
	absolute := value
	if value < 0 {
		absolute = -value
	}
	switch {
	case value == 0:
		to.WriteByte('0')
	case absolute >= 1e-6 && absolute < 1e21:
		to.WriteString(strconv.FormatFloat(value, 'f', -1, 64))
	default:
		// Go writes at least two digits of exponent, ECMAScript no leading zero.
		written := strconv.FormatFloat(value, 'e', -1, 64)
		written = strings.Replace(strings.Replace(written, "e-0", "e-", 1), "e+0", "e+", 1)
		to.WriteString(written)
	}
	return nil
}
