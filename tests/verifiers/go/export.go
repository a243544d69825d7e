package main

// The files of an export directory: paths of tiles and bundles (C2SP tlog-tiles), careful reading.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"
)

const (
	tileHeight    = 8
	tileWidth     = 1 << tileHeight
	largestNote   = 1_000_000
	largestBundle = tileWidth * (2 + 65_535)
	// bundleLevel stands for "entries" where a tile has its level.
	bundleLevel = -1
)

var tileForm = regexp.MustCompile(
	`^tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:[.]p/([1-9][0-9]{0,2}))?$`)

// Tile is a tile of hashes, or at bundleLevel a bundle of entries.
type Tile struct {
	level        int
	index, width int64
}

func (t Tile) path() string {
	level := "entries"
	if t.level != bundleLevel {
		level = strconv.Itoa(t.level)
	}
	name := fmt.Sprintf("%03d", t.index%1000)
	for rest := t.index / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/%s", rest%1000, name)
	}
	if t.width < tileWidth {
		name += fmt.Sprintf(".p/%d", t.width)
	}
	return "tile/" + level + "/" + name
}

// tileOf reads a path; false if it is not one that the layout knows.
func tileOf(path string) (Tile, bool) {
	parts := tileForm.FindStringSubmatch(path)
	if parts == nil {
		return Tile{}, false
	}
	tile := Tile{bundleLevel, 0, tileWidth}
	if parts[1] != "entries" {
		tile.level, _ = strconv.Atoi(parts[1])
	}
	tile.index, _ = strconv.ParseInt(strings.NewReplacer("x", "", "/", "").Replace(parts[2]), 10, 64)
	if parts[3] != "" {
		tile.width, _ = strconv.ParseInt(parts[3], 10, 64)
	}
	return tile, tile.path() == path
}

// nodes tells how many hashes a level has in a tree of size leaves.
func nodes(level int, size int64) int64 {
	if level == bundleLevel {
		return size
	}
	return size >> (uint(level) * tileHeight)
}

func (t Tile) liesWithin(size int64) bool {
	there := nodes(t.level, size)
	return t.width <= there && t.index <= (there-t.width)/tileWidth
}

// required is the tile of an index at a level that reaches as far as the tree does; width 0 if none.
func required(level int, index, size int64) Tile {
	width := nodes(level, size) - index*tileWidth
	if width > tileWidth {
		width = tileWidth
	}
	return Tile{level, index, width}
}

// Export is a directory; every path is below it, with slashes.
type Export struct {
	folder string
}

func (e *Export) full(path string) string {
	return filepath.Join(e.folder, filepath.FromSlash(path))
}

func (e *Export) has(path string) bool {
	_, err := os.Lstat(e.full(path))
	return err == nil
}

// read returns the content of a regular file of at most limit bytes.
func (e *Export) read(path string, limit int64) ([]byte, *Fault) {
	at, err := os.Stat(e.full(path))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, fault(path, "missing", "the file is not there")
	}
	if err != nil {
		return nil, fault(path, "file", "cannot be read: %v", err)
	}
	if !at.Mode().IsRegular() {
		return nil, fault(path, "file", "not a regular file")
	}
	file, err := os.Open(e.full(path))
	if err != nil {
		return nil, fault(path, "file", "cannot be read: %v", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fault(path, "file", "cannot be read: %v", err)
	}
	if int64(len(content)) > limit {
		return nil, fault(path, "file", "longer than %d bytes", limit)
	}
	return content, nil
}

func (e *Export) text(path string) (string, *Fault) {
	content, found := e.read(path, largestNote)
	if found == nil && !utf8.Valid(content) {
		found = fault(path, "key", "not UTF-8")
	}
	return string(content), found
}

// files returns every file at any depth below a folder, in the order of the bytes of the paths.
func (e *Export) files(folder string) ([]string, *Fault) {
	if at, err := os.Lstat(e.full(folder)); err != nil || !at.IsDir() {
		return nil, nil
	}
	var paths []string
	err := filepath.WalkDir(e.full(folder), func(path string, item fs.DirEntry, err error) error {
		if err != nil || item.IsDir() {
			return err
		}
		below, err := filepath.Rel(e.folder, path)
		paths = append(paths, filepath.ToSlash(below))
		return err
	})
	if err != nil {
		return nil, fault(folder, "file", "cannot be read: %v", err)
	}
	sort.Strings(paths)
	return paths, nil
}

// bundle reads entries: u16 big-endian length and bytes, repeated.
func (e *Export) bundle(tile Tile) ([][]byte, *Fault) {
	path := tile.path()
	rest, found := e.read(path, largestBundle)
	if found != nil {
		return nil, found
	}
	var entries [][]byte
	for len(rest) > 0 && int64(len(entries)) < tile.width {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return nil, fault(path, "bundle", "entry %d of it is cut short", len(entries))
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		entries, rest = append(entries, rest[2:end]), rest[end:]
	}
	if int64(len(entries)) < tile.width {
		return nil, fault(path, "bundle", "holds %d entries, not %d", len(entries), tile.width)
	}
	if len(rest) > 0 {
		return nil, fault(path, "bundle", "holds more than %d entries", tile.width)
	}
	return entries, nil
}
