package ledger

import (
	"context"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// A connector makes connections to one file that keep their statements prepared. Preparing one takes several times as
// long as running it, and a ledger runs the same few all day.
type connector struct {
	name   string
	driver sqlite.Driver
}

// Driver is driver.Connector's.
func (c *connector) Driver() driver.Driver { return &c.driver }

// Connect is driver.Connector's.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	able, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("this SQLite driver lacks contexts"), conn.Close())
	}
	return &prepared{sqliteConn: able, kept: map[string]sqliteStmt{}}, nil
}

// A sqliteConn is what package database/sql asks of a connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// A prepared is a connection with the statements that were run on it. Package database/sql lets one goroutine at a time
// use it.
type prepared struct {
	sqliteConn
	kept map[string]sqliteStmt // by their text, without those whose rows are being read
}

// take is a statement, for its caller alone until it is kept again.
func (p *prepared) take(ctx context.Context, query string) (sqliteStmt, error) {
	if s, ok := p.kept[query]; ok {
		delete(p.kept, query)
		return s, nil
	}
	s, err := p.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	able, ok := s.(sqliteStmt)
	if !ok {
		return nil, errors.Join(errors.New("this SQLite driver's statements lack contexts"), s.Close())
	}
	return able, nil
}

// keep keeps a statement for the next time. Where another of the same text came back before, one is enough.
func (p *prepared) keep(query string, s sqliteStmt) error {
	if _, there := p.kept[query]; there {
		return s.Close()
	}
	p.kept[query] = s
	return nil
}

// ExecContext is driver.ExecerContext's.
func (p *prepared) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := p.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return result, p.keep(query, s)
}

// QueryContext is driver.QueryerContext's.
func (p *prepared) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := p.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &reading{Rows: rows, done: func() error { return p.keep(query, s) }}, nil
}

// Close lets go of the statements and the connection.
func (p *prepared) Close() error {
	var errs []error
	for _, s := range p.kept {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, p.sqliteConn.Close())...)
}

// Reading are the rows of a statement, which is kept once they are closed.
type reading struct {
	driver.Rows
	done func() error
}

// Close is driver.Rows's.
func (r *reading) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		err = errors.Join(err, r.done())
		r.done = nil
	}
	return err
}
