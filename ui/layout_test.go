package ui

import (
	"testing"

	"berth/ui/pane"
)

// The lower half is there from 110×30 on, and never costs the list a row that it needs within half of the screen.
func TestTheListTakesWhatItNeedsBeforeTheLowerHalf(t *testing.T) {
	for w := 60; w <= 220; w += 5 {
		for h := 16; h <= 70; h++ {
			for _, devices := range []int{0, 1, 8, 16} {
				for _, instances := range []int{0, 1, 6, 20, 200} {
					l := arrange(w, h, content{devices: devices, beside: (devices + 1) / 2, instances: instances})
					if l.single {
						continue
					}
					needs := pane.ListHeadings + max(instances, 1)
					switch {
					case l.gpus+l.list+l.living != l.body || l.list < leastList:
						t.Errorf("%d×%d, %d GPUs, %d instances: of %d lines %d, %d and %d", w, h, devices, instances, l.body, l.gpus, l.list, l.living)
					case l.living > 0 && (w < livingWidth || h < livingHeight):
						t.Errorf("%d×%d: there is a lower half", w, h)
					case l.living > 0 && l.list < min(needs, l.body/2, l.body-l.gpus-leastLiving):
						t.Errorf("%d×%d, %d GPUs, %d instances: the list has %d of %d lines", w, h, devices, instances, l.list, l.body)
					case l.living == 0 && w >= livingWidth && h >= livingHeight && devices <= 8:
						t.Errorf("%d×%d, %d GPUs, %d instances: no lower half", w, h, devices, instances)
					}
				}
			}
		}
	}
}
