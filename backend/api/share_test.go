package api

import (
	"testing"
	"time"

	"berth/model"
)

// Slow requests for the logs of four instances, two each, once blocked the requests of all other instances.
func TestSlowWorkOfSomeKeepsNobodyElseOut(t *testing.T) {
	var under workLimiter
	for id := range model.InstanceID(100) {
		for range 5 {
			under.enter(share{caller{"maria", id + 1}, id + 1})
		}
	}
	if under.n > mostUnderWay+100 {
		t.Errorf("%d are under way", under.n)
	}
	newcomer := share{caller{"paul", 500}, 500}
	if !under.enter(newcomer) {
		t.Fatal("an instance that has nothing under way isn't let in")
	}
	if owner := (share{caller{owner: "maria"}, 1}); !under.enter(owner) {
		t.Error("an instance's own requests keep its owner out")
	}
	if under.enter(newcomer) {
		t.Error("where many are under way one has two")
	}
	under.leave(newcomer)
	if !under.enter(newcomer) {
		t.Error("who left isn't let in again")
	}
}

// An instance that asked for its logs again and again once evicted the results of others.
func TestOnesResultsEvictNobodyElses(t *testing.T) {
	r := results{now: time.Now}
	ask := func(s share) *result {
		one, err := r.begin(s)
		if err != nil {
			t.Fatal(err)
		}
		r.finish(s, one, nil)
		return one
	}
	owner, other := share{caller{owner: "maria"}, 1}, share{caller{"paul", 2}, 2}
	first, second := ask(owner), ask(other)
	for range 1000 {
		ask(share{caller{"maria", 1}, 1})
	}
	if r.find(first.token) == nil || r.find(second.token) == nil {
		t.Error("a flood of one instance's requests evicts another's results")
	}
	if len(r.kept) > 2+mostOfOwn {
		t.Errorf("%d results are kept", len(r.kept))
	}
	for id := range model.InstanceID(200) {
		for range 3 {
			ask(share{caller{"eve", id + 10}, id + 10})
		}
	}
	if r.find(first.token) == nil || len(r.kept) > mostResults+202 {
		t.Errorf("many instances: %d results are kept, the first: %v", len(r.kept), r.find(first.token) != nil)
	}
}
