package engine

import "context"

// Create makes a container, without starting it, and returns its id. The image has to be there: it never
// pulls. ErrConflict where the name is taken, ErrNotFound where the image isn't there, ErrDiskQuota where the
// storage driver refuses a size.
func (d *Docker) Create(ctx context.Context, r Request) (string, error) {
	ctx, cancel := within(ctx, limitCreate)
	defer cancel()
	known, err := d.known(ctx)
	if err != nil {
		return "", err
	}
	config, host := createBody(r, known.LogDriver)
	made, err := d.api().ContainerCreate(ctx, config, host, nil, nil, r.Name)
	if err != nil {
		return "", explain(ctx, err)
	}
	return made.ID, nil
}
