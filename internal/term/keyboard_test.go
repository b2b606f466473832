package term

import (
	"context"
	"errors"
	"io"
	"testing"
)

// TestACancelledQuestionSwallowsNoKey: the read that a cancelled question left
// behind serves the next one.
func TestACancelledQuestionSwallowsNoKey(t *testing.T) {
	keys, person := io.Pipe()
	var k keyboard
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := k.next(ctx, keys)
			ended <- err
		}()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Fatalf("a cancelled question ended with %v", err)
		}
	}
	go func() {
		_, _ = person.Write([]byte("yes"))
		person.Close()
	}()
	for _, want := range []byte("yes") {
		if key, err := k.next(t.Context(), keys); err != nil || key != want {
			t.Errorf("got %q, %v, want %q", key, err, want)
		}
	}
	if _, err := k.next(t.Context(), keys); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := k.next(t.Context(), keys); !errors.Is(err, io.EOF) {
		t.Errorf("after the end, again: %v", err)
	}
}

// TestEachKeyGoesToOneQuestion: of several that wait, none is forgotten.
func TestEachKeyGoesToOneQuestion(t *testing.T) {
	keys, person := io.Pipe()
	var k keyboard
	got := make(chan byte)
	for range 3 {
		go func() {
			key, err := k.next(t.Context(), keys)
			if err != nil {
				t.Error(err)
			}
			got <- key
		}()
	}
	go func() { _, _ = person.Write([]byte("abc")) }()
	seen := map[byte]bool{}
	for range 3 {
		seen[<-got] = true
	}
	if len(seen) != 3 || !seen['a'] || !seen['b'] || !seen['c'] {
		t.Errorf("the keys went to %v", seen)
	}
}

// TestACancelledQuestionTakesNothingTypedAhead: it leaves the keys to the next.
func TestACancelledQuestionTakesNothingTypedAhead(t *testing.T) {
	keys, person := io.Pipe()
	go func() { _, _ = person.Write([]byte("ab")) }()
	var k keyboard
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.next(over, keys); !errors.Is(err, context.Canceled) {
		t.Fatalf("a question that was over took a key: %v", err)
	}
	for _, want := range []byte("ab") {
		if key, err := k.next(t.Context(), keys); err != nil || key != want {
			t.Errorf("got %q, %v, want %q", key, err, want)
		}
	}
}
