// Package ledger keeps what is promised: instances, their leases of GPUs, ports and disk, accounts, API
// keys and history, in one SQLite file that all berth processes of a machine open at once.
//
// A GPU, port or gigabyte is held if and only if the ledger says so. Two processes can't both win one: a
// GPU's UUID and a port's number are primary keys, and whoever promises disk reads the sum of all promises
// in the transaction that adds to it. Such a transaction begins with the file's write lock in hand
// (BEGIN IMMEDIATE), so what its callback is shown can't change before it is committed.
//
//	l, err := ledger.Open(ctx, folder, time.Now)
//	i, err := l.Insert(ctx, func(id model.InstanceID, held ledger.Promises) (model.Instance, error) {
//		// choose among what held leaves free, or return the refusal
//	})
//
// A callback may read the ledger but not write it: the lock it would wait for is its own.
//
// The package decides nothing (who gets what is model's) and touches nothing but its own folder.
package ledger
