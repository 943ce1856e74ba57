package keeper

import (
	"testing"

	"berth/backend/engine"
	"berth/model"
)

func TestSharesAreCorrectedForOlderRuntimes(t *testing.T) {
	share := model.Share{Cores: 32, CPUShares: 32768}
	const cores = 128
	want := share.Weight(cores)
	asked := int(cpuShares(share, engine.Facts{CgroupVersion: 2, Cores: cores}))
	if newer := model.SharesForWeight(want); asked != newer {
		t.Errorf("%d shares are asked for, and a newer runtime makes weight %d of %d", asked, want, newer)
	}
	older := model.LinearWeightOfShares(asked)
	corrected, ok := correctedShares(asked, older, want)
	if got := model.LinearWeightOfShares(corrected); !ok || got != want {
		t.Errorf("an older runtime is corrected to %d shares and weight %d, want %d", corrected, got, want)
	}
	if _, again := correctedShares(corrected, want, want); again {
		t.Error("a right weight is corrected once more")
	}
	if _, guessed := correctedShares(asked, want+7, want); guessed {
		t.Error("a weight that no known runtime makes is corrected by guessing")
	}
	if got := cpuShares(share, engine.Facts{CgroupVersion: 1, Cores: cores}); got != int64(share.CPUShares) {
		t.Errorf("on cgroup v1 %d shares are asked for, want %d", got, share.CPUShares)
	}
}
