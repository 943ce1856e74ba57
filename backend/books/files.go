package books

import (
	"context"
	"io"

	"berth/backend/catalog"
	"berth/model"
)

// orderFiles reads and writes the files of orders and templates that a user names.
type orderFiles struct{}

// ReadOrder reads an order from an order file or a template file.
func (orderFiles) ReadOrder(path string) (model.Order, error) { return catalog.ReadOrder(path) }

// ReadTemplate reads a template file.
func (orderFiles) ReadTemplate(path string) (model.Template, error) {
	return catalog.ReadTemplate(path)
}

// WriteTemplate writes a template as a file that ReadTemplate and ReadOrder read.
func (orderFiles) WriteTemplate(w io.Writer, t model.Template) error {
	return catalog.WriteTemplate(w, t)
}

// Logins returns the registries that this user has a login for, each with the name of the login.
func (b *Books) Logins(context.Context) ([]model.Login, error) {
	hosts, err := b.Catalog.Registries()
	if err != nil {
		return nil, err
	}
	var logins []model.Login
	for _, host := range hosts {
		l, err := b.Catalog.Login(host)
		if err != nil {
			return nil, err
		}
		logins = append(logins, model.Login{Host: l.Host, User: l.User})
	}
	return logins, nil
}

// PutLogin stores a login and replaces the one for the same registry.
func (b *Books) PutLogin(_ context.Context, l model.Login, password string) error {
	return b.Catalog.PutLogin(catalog.Login{Host: l.Host, User: l.User, Password: password})
}

// RemoveLogin deletes a login.
func (b *Books) RemoveLogin(_ context.Context, host string) error {
	return b.Catalog.RemoveLogin(host)
}
