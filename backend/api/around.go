package api

import (
	"berth/model/wire"
)

// This file answers what the platform tells about a user, their machines and their orders, as far as this machine knows
// it.

// user answers GET /users/current. Clients delete api_key from the answer before they print it, so the field is there,
// and null.
func (c accountCall) user() (any, error) {
	return struct {
		ID       int     `json:"id"`
		Username string  `json:"username"`
		FullName *string `json:"fullname"`
		Email    *string `json:"email"`
		Balance  float64 `json:"balance"` // dollars: using one's own machine costs nothing
		Credit   float64 `json:"credit"`
		APIKey   *string `json:"api_key"`
		SSHKey   *string `json:"ssh_key"`
		CanPay   bool    `json:"can_pay"`
	}{ID: 1, Username: c.who.owner}, nil
}

// machines answers GET /machines. The list has one row: this machine.
func (c accountCall) machines() (any, error) {
	h := c.fleet.Host
	all, err := newRow(wire.OfMachine(c.fleet))
	if err != nil {
		return nil, err
	}
	all["hostname"] = h.Name
	return struct {
		Success  bool  `json:"success"`
		Machines []row `json:"machines"`
	}{true, []row{all}}, nil
}

// auditLogs answers GET /audit_logs: what this account ordered and what was done to its instances, newest first.
func (c accountCall) auditLogs() (any, error) {
	events, err := c.machine.History(c.ctx, 0)
	if err != nil {
		return nil, err
	}
	type deed struct {
		IP      *string `json:"ip_address"`
		Key     *int    `json:"api_key_id"`
		At      float64 `json:"created_at"`
		Route   string  `json:"api_route"`
		Args    string  `json:"args"`
		Actor   string  `json:"actor"`
		Subject string  `json:"instance"`
	}
	out := []deed{}
	for _, e := range events {
		i, there := c.fleet.Instance(e.Instance)
		if e.Actor != c.who.owner && (!there || !c.sees(i)) {
			continue
		}
		d := deed{At: float64(e.At.UnixMilli()) / 1000, Route: e.Verb, Args: e.Detail, Actor: e.Actor}
		if e.Instance != 0 {
			d.Subject = e.Instance.String()
		}
		out = append(out, d)
	}
	return out, nil
}
