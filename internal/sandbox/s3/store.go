// Package s3 is the sandbox's object store: objects are plain files under one
// folder, so that the SQL engine can read and write them in place, and a
// handler serves them as Amazon S3 would (ranges, conditions, XML errors). It
// knows nothing of signatures or of who asks: the server in front verifies
// each request and hands over a wire.Call.
//
//	store, err := s3.NewStore(dir)
//	err = store.CreateBucket("results")
//	object, err := store.Put("results", "2026/q1.csv", strings.NewReader("a,b\n"))
package s3

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// What a lookup can fail with.
var (
	ErrNoBucket = errors.New("the bucket does not exist")
	ErrNoKey    = errors.New("the key does not exist")
	ErrBadName  = errors.New("not a valid bucket name or key")
)

const (
	maxKeyBytes = 1024    // S3's own limit on a key
	maxSegment  = 255     // a file name on every file system we run on
	tagWhole    = 8 << 20 // larger objects get a multipart style ETag instead of an MD5 of all bytes
	tempFolder  = ".incoming"
)

// Store keeps objects as files: bucket/key is <dir>/bucket/key. A key cannot
// also be the folder of another one; S3 allows that, a file system does not.
type Store struct {
	dir  string
	mu   sync.Mutex
	tags map[string]tag // by file path
}

type tag struct {
	size int64
	mod  time.Time
	text string
}

// Object describes one stored object.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time
	ETag     string // with its quotes
}

// NewStore keeps objects under dir, which is created if absent.
func NewStore(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, tempFolder), 0o700); err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	return &Store{dir: dir, tags: map[string]tag{}}, nil
}

// Dir is the folder that holds all buckets.
func (s *Store) Dir() string { return s.dir }

// CreateBucket makes a bucket; one that exists already is left as it is.
func (s *Store) CreateBucket(bucket string) error {
	if !validBucket(bucket) {
		return ErrBadName
	}
	return os.MkdirAll(filepath.Join(s.dir, bucket), 0o700)
}

// HasBucket tells whether the bucket exists.
func (s *Store) HasBucket(bucket string) bool {
	if !validBucket(bucket) {
		return false
	}
	info, err := os.Stat(filepath.Join(s.dir, bucket))
	return err == nil && info.IsDir()
}

// Buckets lists the bucket names in order.
func (s *Store) Buckets() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && validBucket(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Path is the file that holds bucket/key, whether or not it exists. Keys
// ending in a slash name a folder, as Athena locations do.
func (s *Store) Path(bucket, key string) (string, error) {
	if !s.HasBucket(bucket) {
		return "", ErrNoBucket
	}
	name, err := fileName(key)
	if err != nil {
		return "", err
	}
	return filepath.Join(s.dir, bucket, name), nil
}

// Create returns the path to write bucket/key to, with its folders made.
func (s *Store) Create(bucket, key string) (string, error) {
	path, err := s.Path(bucket, key)
	if err != nil {
		return "", err
	}
	return path, os.MkdirAll(filepath.Dir(path), 0o700)
}

// Put stores all of r under bucket/key; readers see the old object or the new
// one, never a part.
func (s *Store) Put(bucket, key string, r io.Reader) (Object, error) {
	if key == "" || strings.HasSuffix(key, "/") {
		return Object{}, ErrBadName
	}
	path, err := s.Create(bucket, key)
	if err != nil {
		return Object{}, err
	}
	file, err := os.CreateTemp(filepath.Join(s.dir, tempFolder), "put-*")
	if err != nil {
		return Object{}, err
	}
	_, err = io.Copy(file, r)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return Object{}, errors.Join(err, os.Remove(file.Name()))
	}
	return s.Head(bucket, key)
}

// Head describes an object.
func (s *Store) Head(bucket, key string) (Object, error) {
	path, err := s.Path(bucket, key)
	if err != nil {
		return Object{}, err
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || key == "" || strings.HasSuffix(key, "/") {
		return Object{}, ErrNoKey
	}
	etag, err := s.etag(path, info)
	if err != nil {
		return Object{}, err
	}
	return Object{Key: key, Size: info.Size(), Modified: info.ModTime(), ETag: etag}, nil
}

// Open reads an object. The caller closes the file.
func (s *Store) Open(bucket, key string) (*os.File, Object, error) {
	object, err := s.Head(bucket, key)
	if err != nil {
		return nil, Object{}, err
	}
	path, err := s.Path(bucket, key)
	if err != nil {
		return nil, Object{}, err
	}
	file, err := os.Open(path)
	return file, object, err
}

// Delete removes an object; one that is absent is no error, as in S3.
func (s *Store) Delete(bucket, key string) error {
	path, err := s.Path(bucket, key)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return nil
	}
	return os.Remove(path)
}

// List names the objects whose key starts with prefix, in key order, without
// their ETags.
func (s *Store) List(bucket, prefix string) ([]Object, error) {
	if !s.HasBucket(bucket) {
		return nil, ErrNoBucket
	}
	root := filepath.Join(s.dir, bucket)
	var found []Object
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		key := keyOf(name)
		if entry.IsDir() {
			folder := key + "/"
			if !strings.HasPrefix(folder, prefix) && !strings.HasPrefix(prefix, folder) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasPrefix(key, prefix) {
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		found = append(found, Object{Key: key, Size: info.Size(), Modified: info.ModTime()})
		return nil
	})
	slices.SortFunc(found, func(a, b Object) int { return strings.Compare(a.Key, b.Key) })
	return found, err
}

// etag is the MD5 of small objects, as S3 gives for a plain upload; large ones
// get the form of a multipart upload, which promises nothing about the bytes.
func (s *Store) etag(path string, info fs.FileInfo) (string, error) {
	s.mu.Lock()
	known, ok := s.tags[path]
	s.mu.Unlock()
	if ok && known.size == info.Size() && known.mod.Equal(info.ModTime()) {
		return known.text, nil
	}
	hash, suffix := md5.New(), ""
	if info.Size() <= tagWhole {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(hash, file)
		if err = errors.Join(err, file.Close()); err != nil {
			return "", err
		}
	} else {
		fmt.Fprint(hash, path, info.Size(), info.ModTime().UnixNano())
		suffix = fmt.Sprintf("-%d", (info.Size()+tagWhole-1)/tagWhole)
	}
	text := `"` + hex.EncodeToString(hash.Sum(nil)) + suffix + `"`
	s.mu.Lock()
	s.tags[path] = tag{info.Size(), info.ModTime(), text}
	s.mu.Unlock()
	return text, nil
}

// Temp is the path of a file outside every bucket, to be written and then
// renamed to what Create returned.
func (s *Store) Temp(name string) (string, error) {
	file, err := fileName(name)
	if err != nil || file == "" || strings.ContainsRune(file, filepath.Separator) {
		return "", ErrBadName
	}
	return filepath.Join(s.dir, tempFolder, file), nil
}
