//go:build unix

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing/fstest"
	"time"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/web"
)

// visitor is a browser that was let in.
type visitor struct {
	ctx    context.Context
	origin string
	key    string
	client *http.Client
}

// visitPage goes to a page by the link that was printed. End it with leave.
func visitPage(ctx context.Context, link string) (*visitor, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{ctx: ctx, origin: u.Scheme + "://" + u.Host, client: &http.Client{Jar: jar, Transport: &http.Transport{}}}
	var let struct{ Key string }
	if err := v.call("POST", "/api/session", map[string]string{"token": strings.TrimPrefix(u.Fragment, "token=")}, &let); err != nil {
		v.leave()
		return nil, err
	}
	v.key = let.Key
	return v, nil
}

func (v *visitor) leave() { v.client.CloseIdleConnections() }

func (v *visitor) call(method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(v.ctx, method, v.origin+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("X-Fairlead", v.key)
	resp, err := v.client.Do(req)
	if err != nil {
		return &goneError{err}
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		var doc struct {
			Error struct{ Code, Message string }
		}
		err := json.NewDecoder(resp.Body).Decode(&doc)
		return fault.Newf(fault.Code(doc.Error.Code), "%s %s: %s (%v)", method, path, doc.Error.Message, err)
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return &goneError{err}
	}
	return nil
}

// pageRun is what of a run's document is looked at.
type pageRun struct {
	ID, State, Login string
	Ended            *time.Time
	Results          []struct {
		Error *struct{ Code, Message string }
	}
}

// pageSession serves the page, enters it, runs a statement and reads its rows.
func pageSession(ctx context.Context, c *cell) (t tally, err error) {
	person := web.NewPerson()
	env := c.env
	a := app.New(app.Options{Env: func(name string) string { return env[name] }, Specs: all.Specs(), Prompts: person.Prompts()})
	page := fstest.MapFS{"index.html": {Data: []byte("x")}}
	srv, err := web.Listen(a, web.Options{Addr: "127.0.0.1:0", Person: person, Page: page, Version: "test"})
	if err != nil {
		return t, err
	}
	serving, end := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(serving) }()
	defer func() {
		end()
		if ended := <-served; ended != nil && err == nil {
			err = ended
		}
	}()
	v, err := visitPage(ctx, srv.URL())
	if err != nil {
		return t, err
	}
	defer v.leave()
	return v.query(c)
}

// query runs the statement and reads its rows.
func (v *visitor) query(c *cell) (t tally, err error) {
	var run pageRun
	if err := v.call("POST", "/api/runs", map[string]any{"connection": "sales", "text": athenaRows(manyRows),
		"settings": map[string]string{"fetch": "pages"}}, &run); err != nil {
		return t, err
	}
	if run, err = v.until(c, run); err != nil {
		return t, err
	}
	return v.rows(run.ID)
}

// until waits for a run's end, and plays the person in front of the page.
func (v *visitor) until(c *cell, run pageRun) (pageRun, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	answered := map[string]bool{}
	for run.Ended == nil {
		select {
		case <-tick.C:
		case <-v.ctx.Done():
			return run, v.ctx.Err()
		}
		id := run.ID
		run = pageRun{}
		if err := v.call("GET", "/api/runs/"+id, nil, &run); err != nil {
			return run, err
		}
		if run.Login == "" || answered[run.Login] || run.State != "waiting-login" {
			continue
		}
		answered[run.Login] = true
		do := "/cancel"
		if c.agree {
			do = "/start"
			c.asked.Add(1)
		}
		if err := v.call("POST", "/api/logins/"+run.Login+do, map[string]string{"method": "device"}, nil); err != nil {
			return run, err
		}
	}
	for _, r := range run.Results {
		if r.Error != nil {
			return run, fault.New(fault.Code(r.Error.Code), r.Error.Message)
		}
	}
	if run.State == "cancelled" {
		return run, &goneError{errors.New("the run was stopped")}
	}
	if run.State != "done" {
		return run, fmt.Errorf("the run ended as %s", run.State)
	}
	return run, nil
}

func (v *visitor) rows(id string) (tally, error) {
	var t tally
	for {
		var window struct {
			Rows  [][]string
			Total int64
		}
		if err := v.call("GET", fmt.Sprintf("/api/runs/%s/results/0/rows?from=%d&count=1000", id, t.rows), nil, &window); err != nil {
			return t, err
		}
		for _, cells := range window.Rows {
			t.add(cells)
		}
		if len(window.Rows) == 0 || t.rows >= window.Total {
			return t, nil
		}
	}
}
