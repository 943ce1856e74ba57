package backend

import (
	"context"
	"io"

	"berth/backend/catalog"
	"berth/model"
)

// ReadOrder reads an order file; a template file will do.
func (m *Machine) ReadOrder(path string) (model.Order, error) { return catalog.ReadOrder(path) }

// ReadTemplate reads a template file.
func (m *Machine) ReadTemplate(path string) (model.Template, error) {
	return catalog.ReadTemplate(path)
}

// WriteTemplate writes a template as a file that ReadTemplate and ReadOrder read.
func (m *Machine) WriteTemplate(w io.Writer, t model.Template) error {
	return catalog.WriteTemplate(w, t)
}

// Logins are the registries this user has a login for, each with the name it logs in by.
func (m *Machine) Logins(context.Context) ([]model.Login, error) {
	hosts, err := m.catalog.Registries()
	if err != nil {
		return nil, err
	}
	var logins []model.Login
	for _, host := range hosts {
		l, err := m.catalog.Login(host)
		if err != nil {
			return nil, err
		}
		logins = append(logins, model.Login{Host: l.Host, User: l.User})
	}
	return logins, nil
}

// PutLogin keeps a login, in place of the one for the same registry.
func (m *Machine) PutLogin(_ context.Context, l model.Login, password string) error {
	return m.catalog.PutLogin(catalog.Login{Host: l.Host, User: l.User, Password: password})
}

// RemoveLogin forgets a login.
func (m *Machine) RemoveLogin(_ context.Context, host string) error {
	return m.catalog.RemoveLogin(host)
}

// Instances are those of the ledger, by id. Neither engine nor driver is asked.
func (m *Machine) Instances(ctx context.Context) ([]model.Instance, error) {
	return m.ledger.Instances(ctx)
}
