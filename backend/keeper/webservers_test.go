package keeper

import (
	"testing"
	"time"
)

func TestTheLongerAnInstanceRunsTheRarerItsWebServersAreLookedFor(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{
		0: time.Second, 20 * time.Second: 2 * time.Second, time.Hour: 15 * time.Second,
	} {
		if got := webServerPause(age); got != want {
			t.Errorf("after %v each %v, want %v", age, got, want)
		}
	}
}
