-- Who waits for GPUs gets them in order of asking. That is a number, since clocks are set back.
ALTER TABLE instances ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
UPDATE instances SET turn = (
	SELECT count(*) FROM instances AS earlier WHERE (earlier.asked_at, earlier.id) <= (instances.asked_at, instances.id)
);
CREATE INDEX instances_turn ON instances (turn);
