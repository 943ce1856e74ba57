package api

import "berth/model"

// takeSnapshot answers POST /instances/take_snapshot. The platform pushes the image to a registry, for which it takes a
// login; here the image stays on this machine, where every user of it can launch it, and a login is an error.
func (c *call) takeSnapshot() (any, error) {
	i, err := c.instance()
	if err != nil {
		return nil, err
	}
	var want struct {
		Repository string `json:"personal_repo"`
		Registry   string `json:"container_registry"`
		User       string `json:"docker_login_user"`
		Password   string `json:"docker_login_pass"`
		Pause      any    `json:"pause"`
	}
	if err := c.body(&want); err != nil {
		return nil, err
	}
	if want.User != "" || want.Password != "" {
		return nil, badInput("docker_login_user: a snapshot stays on this machine; leave the login out, and docker push takes it to a registry")
	}
	made, err := c.machine.Snapshot(c.ctx, i.ID, want.Repository)
	if err != nil {
		return nil, err
	}
	return struct {
		Success  bool           `json:"success"`
		Message  string         `json:"msg"`
		Snapshot model.Snapshot `json:"snapshot"`
	}{true, made.Words(i.ID), made}, nil
}
