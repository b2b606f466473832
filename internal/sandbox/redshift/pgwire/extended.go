package pgwire

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgproto3"
)

// prepared is a statement of the extended protocol; stmt is nil when its text
// is empty.
type prepared struct {
	stmt Statement
}

// portal is a bound statement, run when it is first executed.
type portal struct {
	prepared *prepared
	args     []Arg
	formats  []int16
	rows     Rows
	done     bool
	ctx      context.Context // lives until the portal closes: a suspended portal goes on in it
	cancel   context.CancelCauseFunc
}

// extended serves one message of the extended protocol.
func (c *client) extended(msg pgproto3.FrontendMessage) error {
	switch m := msg.(type) {
	case *pgproto3.Parse:
		return c.parse(m)
	case *pgproto3.Bind:
		return c.bind(m)
	case *pgproto3.Describe:
		return c.describe(m)
	case *pgproto3.Execute:
		return c.execute(m)
	case *pgproto3.Close:
		if m.ObjectType == 'S' {
			delete(c.statements, m.Name)
		} else {
			c.closePortal(m.Name)
		}
		c.send(&pgproto3.CloseComplete{})
		return nil
	case *pgproto3.CopyData, *pgproto3.CopyDone, *pgproto3.CopyFail:
		return nil // leftovers of a COPY that failed are to be ignored
	}
	return Errorf("08P01", "unexpected message %T", msg)
}

func (c *client) parse(m *pgproto3.Parse) error {
	if _, taken := c.statements[m.Name]; taken && m.Name != "" {
		return Errorf("42P05", "prepared statement \"%s\" already exists", m.Name)
	}
	pieces := c.session.Split(m.Query)
	if len(pieces) > 1 {
		return Errorf("42601", "cannot insert multiple commands into a prepared statement")
	}
	p := &prepared{}
	if len(pieces) == 1 {
		ctx, cancel := c.begin()
		defer cancel(errDone)
		c.running(cancel)
		defer c.running(nil)
		st, err := c.session.Prepare(ctx, pieces[0].SQL, m.ParameterOIDs)
		if err != nil {
			return shift(withCause(ctx, err), m.Query, pieces[0].Offset)
		}
		p.stmt = st
	}
	c.statements[m.Name] = p
	c.send(&pgproto3.ParseComplete{})
	return nil
}

func (c *client) bind(m *pgproto3.Bind) error {
	p, ok := c.statements[m.PreparedStatement]
	if !ok {
		return unknownStatement(m.PreparedStatement)
	}
	want := 0
	if p.stmt != nil {
		want = len(p.stmt.Params())
	}
	if len(m.Parameters) != want {
		return Errorf("08P01", "bind message supplies %d parameters, but prepared statement \"%s\" requires %d",
			len(m.Parameters), m.PreparedStatement, want)
	}
	if n := len(m.ParameterFormatCodes); n > 1 && n != want {
		return Errorf("08P01", "bind message has %d parameter formats but %d parameters", n, want)
	}
	if _, taken := c.portals[m.DestinationPortal]; taken {
		if m.DestinationPortal != "" {
			return Errorf("42P03", "portal \"%s\" already exists", m.DestinationPortal)
		}
		c.closePortal("")
	}
	args := make([]Arg, want)
	for i, v := range m.Parameters {
		args[i].Binary = format(m.ParameterFormatCodes, i) == pgproto3.BinaryFormat
		if v != nil { // the message's bytes are overwritten by the next one
			args[i].Value = append(make([]byte, 0, len(v)), v...)
		}
	}
	c.portals[m.DestinationPortal] = &portal{prepared: p, args: args, formats: append([]int16(nil), m.ResultFormatCodes...)}
	c.send(&pgproto3.BindComplete{})
	return nil
}

func (c *client) describe(m *pgproto3.Describe) error {
	var st Statement
	var formats []int16
	if m.ObjectType == 'S' {
		p, ok := c.statements[m.Name]
		if !ok {
			return unknownStatement(m.Name)
		}
		st = p.stmt
		desc := &pgproto3.ParameterDescription{}
		if st != nil {
			desc.ParameterOIDs = st.Params()
		}
		c.send(desc)
	} else {
		p, ok := c.portals[m.Name]
		if !ok {
			return unknownPortal(m.Name)
		}
		st, formats = p.prepared.stmt, p.formats
	}
	if st == nil || st.Columns() == nil {
		c.send(&pgproto3.NoData{})
		return nil
	}
	c.send(describe(st.Columns(), formats))
	return nil
}

func (c *client) execute(m *pgproto3.Execute) error {
	p, ok := c.portals[m.Portal]
	if !ok {
		return unknownPortal(m.Portal)
	}
	if p.prepared.stmt == nil {
		c.send(&pgproto3.EmptyQueryResponse{})
		return nil
	}
	if p.done {
		return Errorf("55000", "portal \"%s\" cannot be run", m.Portal)
	}
	if p.cancel == nil {
		p.ctx, p.cancel = c.begin()
	}
	c.running(p.cancel)
	defer c.running(nil)
	if p.rows == nil {
		rows, err := p.prepared.stmt.Run(p.ctx, p.args)
		if err != nil {
			p.done = true
			return withCause(p.ctx, err)
		}
		p.rows = rows
	}
	_, more, err := c.sendRows(p.ctx, p.rows, p.formats, m.MaxRows)
	if err == nil && more {
		c.send(&pgproto3.PortalSuspended{})
		return nil
	}
	err = withCause(p.ctx, err)
	p.done = true
	return errors.Join(err, p.close())
}

func (p *portal) close() error {
	var err error
	if p.rows != nil {
		err = p.rows.Close()
		p.rows = nil
	}
	if p.cancel != nil {
		p.cancel(errDone)
	}
	return err
}

func (c *client) closePortal(name string) {
	if p, ok := c.portals[name]; ok {
		_ = p.close() // its rows are given up
		delete(c.portals, name)
	}
}

func (c *client) closePortals() {
	for name := range c.portals {
		c.closePortal(name)
	}
}

func unknownStatement(name string) error {
	return Errorf("26000", "prepared statement \"%s\" does not exist", name)
}

func unknownPortal(name string) error { return Errorf("34000", "portal \"%s\" does not exist", name) }
