package feed

import "testing"

func TestTheNewestValueReachesASlowReader(t *testing.T) {
	var f Feed[int]
	f.Put(1)
	reader, leave := f.Join()
	if got := <-reader; got != 1 {
		t.Errorf("a new reader gets %d, want the last value", got)
	}
	for n := range 10 {
		f.Put(n)
	}
	if got := <-reader; got != 9 {
		t.Errorf("a slow reader gets %d, want the newest", got)
	}
	leave()
	if f.Watched() {
		t.Error("the only reader left, and somebody still counts as watching")
	}
}
