package backend

import (
	"slices"
	"testing"

	"berth/backend/starter/image"
)

// Whoever opens the form for the first time is offered first what works without a registry.
func TestTheStarterIsAmongTheImagesBeforeItWasEverImported(t *testing.T) {
	b := newBench(t, t.TempDir(), memory(t))
	images, err := b.Images(t.Context())
	check(t, err)
	if !slices.Contains(images, image.Name) {
		t.Errorf("the images are %q", images)
	}
}
