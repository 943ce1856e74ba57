package model

import (
	"fmt"
	"strings"
	"time"
)

// shortage says why n GPUs of a model aren't available, and who has them. An empty gpuModel means any one model.
func shortage(units []Device, n int, gpuModel string, now time.Time) string {
	if len(units) == 0 {
		return "no GPU here, see berth doctor; 0 is a CPU instance"
	}
	var counts []string
	for _, m := range modelsOf(units) {
		if gpuModel == "" || m == gpuModel {
			free, all := CountOf(units, m)
			counts = append(counts, fmt.Sprintf("%d of %d %s are free", free, all, m))
		}
	}
	if len(counts) == 0 {
		return "no GPU of the model " + quote(gpuModel) + " is here"
	}
	asked := fmt.Sprintf("%d asked", n)
	if len(counts) > 1 {
		asked += " of one model"
	}
	return asked + ", " + strings.Join(counts, ", ") + listed("; ", holdings(units, gpuModel, now))
}

// CountOf counts the GPUs of a model, and how many of them are free.
func CountOf(units []Device, gpuModel string) (free, all int) {
	for _, u := range units {
		if u.Model != gpuModel {
			continue
		}
		all++
		if u.Free() {
			free++
		}
	}
	return free, all
}

// everFits reports whether the machine has n GPUs of a model, whoever holds them now. An empty gpuModel means any one
// model.
func everFits(units []Device, n int, gpuModel string) bool {
	for _, m := range modelsOf(units) {
		if _, all := CountOf(units, m); (gpuModel == "" || m == gpuModel) && all >= n {
			return true
		}
	}
	return len(units) == 0 // if the driver doesn't answer, the number of GPUs is unknown
}

// tooMany says that the machine doesn't have n GPUs.
func tooMany(units []Device, n int, gpuModel string) string {
	var counts []string
	for _, m := range modelsOf(units) {
		if gpuModel == "" || m == gpuModel {
			_, all := CountOf(units, m)
			counts = append(counts, fmt.Sprintf("%d %s", all, m))
		}
	}
	asked := fmt.Sprint(n, " asked")
	if len(counts) > 1 {
		asked += " of one model"
	}
	return fmt.Sprintf("%s, and this machine has %s: no instance can ever have more", asked, strings.Join(counts, ", "))
}

// holdings lists who has which GPUs, one entry for each holder: GPU 0-3: C.1012 llama-ft (maria), for 3d, idle for 5h.
func holdings(units []Device, gpuModel string, now time.Time) []string {
	var holders []string
	having := map[string][]Device{}
	for _, u := range units {
		who := u.Obstacle()
		if who == "" || gpuModel != "" && u.Model != gpuModel {
			continue
		}
		if having[who] == nil {
			holders = append(holders, who)
		}
		having[who] = append(having[who], u)
	}
	for i, who := range holders {
		holders[i] = indexes(having[who]) + ": " + who + heldFor(having[who], now)
	}
	return holders
}

// heldFor says how long an instance has held its GPUs, and how long all of them have been idle, as far as known. It
// counts no seconds, so that the message of a waiter doesn't change each second.
func heldFor(having []Device, now time.Time) string {
	since := having[0].Holder.Since
	if now.IsZero() || since.IsZero() {
		return ""
	}
	age := func(d time.Duration) string {
		if d < time.Minute {
			return "less than a minute"
		}
		return Age(d)
	}
	if having[0].Holder.Kind == HeldForWaiter {
		return fmt.Sprintf(" %s ago", age(now.Sub(since)))
	}
	words := ", for " + age(now.Sub(since))
	idle := time.Time{}
	for _, d := range having {
		if d.IdleSince.IsZero() {
			return words
		}
		if d.IdleSince.After(idle) {
			idle = d.IdleSince
		}
	}
	return words + ", idle for " + age(now.Sub(idle))
}

// indexes names GPUs by the driver's numbers: GPU 0-2, 5.
func indexes(devices []Device) string {
	numbers := make([]int, len(devices))
	for n, d := range devices {
		numbers[n] = d.Index
	}
	return "GPU " + strings.ReplaceAll(Ranges(numbers), ",", ", ")
}
