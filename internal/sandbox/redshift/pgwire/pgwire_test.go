package pgwire_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/jackc/pgx/v5/pgproto3"
)

// echo is a backend whose every statement gives its own text as one row.
type echo struct{}

func (echo) Admit(context.Context, pgwire.Login) error { return nil }

func (echo) Login(_ context.Context, l pgwire.Login, proves func(string) bool) (pgwire.Session, error) {
	if !proves("secret") {
		return nil, pgwire.Errorf("28P01", "password authentication failed for user \"%s\"", l.User)
	}
	return &session{}, nil
}

type session struct{}

func (*session) Parameters() []pgwire.Parameter {
	return []pgwire.Parameter{{Name: "server_version", Value: "8.0.2"}}
}
func (*session) Split(query string) []pgwire.Piece {
	var out []pgwire.Piece
	offset := 0
	for _, part := range strings.SplitAfter(query, ";") {
		if text := strings.TrimSuffix(part, ";"); strings.TrimSpace(text) != "" {
			out = append(out, pgwire.Piece{SQL: text, Offset: offset})
		}
		offset += len(part)
	}
	return out
}
func (*session) Begin(context.Context, []pgwire.Piece) error { return nil }
func (*session) End(context.Context, bool) error             { return nil }
func (*session) Prepare(_ context.Context, sql string, _ []uint32) (pgwire.Statement, error) {
	if strings.Contains(sql, "fail") {
		return nil, &pgwire.Error{Code: "42601", Message: "no", Position: strings.Index(sql, "fail") + 1}
	}
	return statement(sql), nil
}
func (*session) Status() pgwire.Status                       { return pgwire.Idle }
func (*session) Drain() ([]pgwire.Error, []pgwire.Parameter) { return nil, nil }
func (*session) Close() error                                { return nil }

type statement string

func (s statement) Params() []uint32 { return make([]uint32, strings.Count(string(s), "$")) }
func (s statement) Columns() []pgwire.Column {
	return []pgwire.Column{{Name: "text", OID: 25, Size: -1, TypMod: -1}}
}
func (s statement) Run(context.Context, []pgwire.Arg) (pgwire.Rows, error) {
	return &rows{text: string(s)}, nil
}

type rows struct {
	text string
	n    int
}

func (r *rows) Columns() []pgwire.Column { return statement(r.text).Columns() }
func (r *rows) Next(context.Context) error {
	if r.n++; r.n > 3 {
		return io.EOF
	}
	return nil
}
func (r *rows) Append(dst []byte, _ int, _ bool) ([]byte, bool, error) {
	if r.n == 2 {
		return dst, false, nil
	}
	return append(dst, r.text...), true, nil
}
func (r *rows) Tag() string  { return "SELECT " }
func (r *rows) Close() error { return nil }

// pipe is a listener that hands out one end of in-memory connections.
type pipe struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipe() *pipe { return &pipe{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipe) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipe) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// serve sends bytes to a new server and returns all it answers until it hangs up.
func serve(t testing.TB, sent []byte) []byte {
	t.Helper()
	ln := newPipe()
	srv := pgwire.New(pgwire.Options{Backend: echo{}})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	client, server := net.Pipe()
	ln.conns <- server
	var got bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&got, client)
	}()
	_ = client.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_, _ = client.Write(sent) // the server may hang up half way
	_ = srv.Close()
	_ = client.Close()
	<-read
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	return got.Bytes()
}

// startUp is the first message of a client. What follows needs the server's salt.
func startUp() []byte {
	msg := &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "u"}}
	out, err := msg.Encode(nil)
	if err != nil {
		panic(err)
	}
	return out
}

// connect opens a connection to a new server.
func connect(t *testing.T) net.Conn {
	t.Helper()
	ln := newPipe()
	srv := pgwire.New(pgwire.Options{Backend: echo{}})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	client, server := net.Pipe()
	t.Cleanup(func() {
		_ = client.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	ln.conns <- server
	return client
}

// dial logs in through the protocol and returns the client's side.
func dial(t *testing.T) (*pgproto3.Frontend, net.Conn) {
	t.Helper()
	client := connect(t)
	f := pgproto3.NewFrontend(client, client)
	f.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "u"}})
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	msg, err := f.Receive()
	if err != nil {
		t.Fatal(err)
	}
	salt := msg.(*pgproto3.AuthenticationMD5Password).Salt
	f.Send(&pgproto3.PasswordMessage{Password: pgwire.MD5Answer("u", "secret", salt)})
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	for {
		msg, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := msg.(*pgproto3.ReadyForQuery); ok {
			return f, client
		}
	}
}

func TestPositionsAreThoseOfTheWholeQueryString(t *testing.T) {
	f, _ := dial(t)
	f.SendQuery(&pgproto3.Query{String: "é one; fail"})
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	values := 0
	for {
		msg, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := msg.(type) {
		case *pgproto3.DataRow:
			if m.Values[0] != nil {
				values++
			}
		case *pgproto3.ErrorResponse:
			if m.Position != 8 || m.Severity != "ERROR" {
				t.Errorf("%+v", m)
			}
		case *pgproto3.ReadyForQuery:
			if values != 2 {
				t.Errorf("%d values that are not NULL, want 2", values)
			}
			return
		}
	}
}

func TestBrokenMessagesEndTheSessionWithAReason(t *testing.T) {
	f, conn := dial(t)
	if _, err := conn.Write(binary.BigEndian.AppendUint32([]byte{'Q'}, 1<<30)); err != nil {
		t.Fatal(err)
	}
	msg, err := f.Receive()
	if e, ok := msg.(*pgproto3.ErrorResponse); err != nil || !ok || e.Severity != "FATAL" || e.Code != "08P01" {
		t.Errorf("a message of 1 GB was answered with %+v, %v", msg, err)
	}
	if msg, err := f.Receive(); err == nil {
		t.Errorf("the session went on with %+v", msg)
	}
}

func TestSSLRequestIsDeclinedWithoutACertificate(t *testing.T) {
	conn := connect(t)
	if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(conn, answer); err != nil || answer[0] != 'N' {
		t.Errorf("answered %q, %v", answer, err)
	}
}

// FuzzMessages sends any bytes as a client: before, during and after log in
// the server must not panic and must come to an end.
func FuzzMessages(f *testing.F) {
	f.Add([]byte{0, 0, 0, 8, 4, 210, 22, 47})
	f.Add([]byte{0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 1})
	f.Add(startUp())
	f.Add(append(startUp(), 'p', 0, 0, 0, 5, 0))
	f.Add(append(startUp(), 'Q', 0, 0, 0, 6, 'x', 0))
	f.Fuzz(func(t *testing.T, sent []byte) { serve(t, sent) })
}

// FuzzSession sends any bytes behind a finished log in.
func FuzzSession(f *testing.F) {
	encode := func(msgs ...pgproto3.FrontendMessage) []byte {
		var out []byte
		for _, m := range msgs {
			var err error
			if out, err = m.Encode(out); err != nil {
				f.Fatal(err)
			}
		}
		return out
	}
	f.Add(encode(&pgproto3.Query{String: "a;b"}))
	f.Add(encode(&pgproto3.Parse{Name: "s", Query: "a $"}, &pgproto3.Bind{PreparedStatement: "s", Parameters: [][]byte{[]byte("1")}, ResultFormatCodes: []int16{0, 1}},
		&pgproto3.Describe{ObjectType: 'S', Name: "s"}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Execute{}, &pgproto3.Close{ObjectType: 'P'}, &pgproto3.Sync{}))
	f.Add(encode(&pgproto3.FunctionCall{}, &pgproto3.CopyDone{}, &pgproto3.Flush{}))
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			pgwire.ServeSession(server, &session{})
			_ = server.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		_ = client.SetWriteDeadline(time.Now().Add(5 * time.Second))
		_, _ = client.Write(sent)
		_ = client.Close()
		<-done
	})
}
