// Package ledger stores what is promised: instances, their leases of GPUs, ports and disk, accounts, API keys and
// history. It is one SQLite file, which all berth processes of a machine have open at the same time.
//
// A GPU, port or gigabyte is held if and only if the ledger says so. Two processes can't both get the same one: a GPU's
// UUID and a port's number are primary keys, and whoever promises disk reads the sum of all promises in the transaction
// that adds to it. Each such transaction holds the file's write lock from its beginning (BEGIN IMMEDIATE), so what its
// callback sees can't change before the commit.
//
//	l, err := ledger.Open(ctx, folder, time.Now)
//	i, err := l.Insert(ctx, func(id model.InstanceID, held ledger.Promises) (model.Instance, error) {
//		// choose among what held leaves free, or return the refusal
//	})
//
// A callback may read the ledger but not write it: it would wait for the lock that its own transaction holds.
//
// The package decides nothing (model decides who gets what) and touches nothing outside its folder. Begin with Open,
// then Insert, Order and Term.
package ledger
