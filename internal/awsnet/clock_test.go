package awsnet

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Time stands still in here but for what the test sleeps, so that figures are exact.
func TestClockLearnsTheServicesTime(t *testing.T) {
	for _, off := range []time.Duration{0, 3 * time.Minute, -3 * time.Minute, 20 * time.Minute, -20 * time.Minute, 30 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			var c Clock
			answer := func() *http.Response {
				sent := &http.Request{Header: http.Header{"X-Amz-Date": {c.Now().UTC().Format("20060102T150405Z")}}}
				return &http.Response{Request: sent, Header: http.Header{"Date": {time.Now().Add(off).UTC().Format(http.TimeFormat)}}}
			}
			late := answer() // signed at the same time, read only after the first
			far := off.Abs() > correctFrom
			if got := c.Learn(answer()); got != far {
				t.Errorf("%v: news %t", off, got)
			}
			time.Sleep(time.Hour)
			want := time.Now()
			if far {
				want = want.Add(off)
			}
			if got := c.Now(); !got.Equal(want) {
				t.Errorf("%v: signs by %v, want %v", off, got, want)
			}
			if c.Learn(answer()) {
				t.Errorf("%v: what was learned is news again", off)
			}
			if got := c.Learn(late); got != far {
				t.Errorf("%v: another call signed by the old time: %t", off, got)
			}
		})
	}
}

func TestClockLearnsNothingOfStrangeAnswers(t *testing.T) {
	date := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	signed := &http.Request{Header: http.Header{"X-Amz-Date": {time.Now().UTC().Format("20060102T150405Z")}}}
	for name, r := range map[string]*http.Response{
		"no request":     {Header: http.Header{"Date": {date}}},
		"not signed":     {Request: &http.Request{Header: http.Header{}}, Header: http.Header{"Date": {date}}},
		"no date":        {Request: signed, Header: http.Header{}},
		"a date of some": {Request: signed, Header: http.Header{"Date": {"tomorrow"}}},
	} {
		var c Clock
		if c.Learn(r) || time.Since(c.Now()).Abs() > time.Minute {
			t.Errorf("%s: learned", name)
		}
	}
}
