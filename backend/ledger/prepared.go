package ledger

import (
	"context"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// A connector makes connections that cache their prepared statements. Preparing a statement takes several times as long
// as running it, and a ledger runs the same few statements all day.
type connector struct {
	name   string
	lock   string // which lock a transaction takes at its beginning: deferred (none) or immediate
	pool   *Pool  // nil: connections are opened and closed
	driver sqlite.Driver
}

// key names connections that are alike.
func (c *connector) key() string { return c.lock + " " + c.name }

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return &c.driver }

// Connect implements driver.Connector.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	if idle := c.pool.take(c.key()); idle != nil {
		return idle, nil
	}
	conn, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	able, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(errors.New("this SQLite driver lacks contexts"), conn.Close())
	}
	made := &cachedConn{sqliteConn: able, begin: "BEGIN " + c.lock, kept: map[string]sqliteStmt{}}
	made.leave = made.discard
	if c.pool != nil {
		made.leave = func() error { c.pool.put(c.key(), made); return nil }
	}
	return made, nil
}

// A sqliteConn has the methods that package database/sql uses of a connection.
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

// A cachedConn is a connection with a cache of its statements. Package database/sql lets only one goroutine at a time
// use it.
type cachedConn struct {
	sqliteConn
	begin string                // the statement that begins a transaction
	inTx  bool                  // a transaction is under way
	leave func() error          // what Close does: discard, or keep for another ledger
	kept  map[string]sqliteStmt // by SQL text, without statements whose rows are being read
}

// BeginTx implements driver.ConnBeginTx, with cached statements.
func (p *cachedConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if _, err := p.ExecContext(ctx, p.begin, nil); err != nil {
		_ = p.Rollback() // if the context ended late, it may have begun
		return nil, err
	}
	p.inTx = true
	return p, nil
}

// Commit implements driver.Tx.
func (p *cachedConn) Commit() error {
	_, err := p.ExecContext(context.Background(), "COMMIT", nil)
	if err != nil {
		_ = p.Rollback() // it may still be under way, and the next user of this connection expects none
	}
	p.inTx = false
	return err
}

// Rollback implements driver.Tx.
func (p *cachedConn) Rollback() error {
	p.inTx = false
	_, err := p.ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

// patience returns the context for one statement. What a transaction needs it has had since its beginning, so its
// statements wait for nobody and take microseconds: to watch the context costs more than to finish.
func (p *cachedConn) patience(ctx context.Context) context.Context {
	if p.inTx {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// take returns a statement from the cache or prepares it. It belongs to the caller until keep is called.
func (p *cachedConn) take(ctx context.Context, query string) (sqliteStmt, error) {
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

// keep returns a statement to the cache. If the cache has one with the same text, it closes this one.
func (p *cachedConn) keep(query string, s sqliteStmt) error {
	if _, there := p.kept[query]; there {
		return s.Close()
	}
	p.kept[query] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (p *cachedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := p.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(p.patience(ctx), args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return result, p.keep(query, s)
}

// QueryContext implements driver.QueryerContext.
func (p *cachedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := p.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(p.patience(ctx), args)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &cachedRows{Rows: rows, done: func() error { return p.keep(query, s) }}, nil
}

// Close implements driver.Conn.
func (p *cachedConn) Close() error { return p.leave() }

// discard closes the cached statements and the connection.
func (p *cachedConn) discard() error {
	var errs []error
	for _, s := range p.kept {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, p.sqliteConn.Close())...)
}

// cachedRows wraps a statement's rows, and returns the statement to the cache when they are closed.
type cachedRows struct {
	driver.Rows
	done func() error
}

// Close implements driver.Rows.
func (r *cachedRows) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		err = errors.Join(err, r.done())
		r.done = nil
	}
	return err
}
