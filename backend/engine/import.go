package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/docker/docker/api/types/image"
)

// Import makes an image of one layer from a root file system as a tar stream, and tags it ref. Changes are
// Dockerfile lines such as `CMD ["/bin/sh"]` or `EXPOSE 8081`. It needs no registry and no network.
func (d *Docker) Import(ctx context.Context, ref string, rootfs io.Reader, changes []string) error {
	ctx, w := watched(ctx, limitSilent)
	defer w.stop()
	sent := &upload{Reader: rootfs, watch: w}
	source := image.ImportSource{Source: sent, SourceName: "-"}
	body, err := d.api().ImageImport(ctx, source, ref, image.ImportOptions{Changes: changes})
	if err != nil {
		return sent.explain(err)
	}
	defer func() { _ = body.Close() }()
	decode := json.NewDecoder(body)
	for {
		var l PullLine
		switch err := decode.Decode(&l); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return sent.explain(err)
		case l.Error != "":
			return &Error{Words: l.Error}
		}
	}
}
