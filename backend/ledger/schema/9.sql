-- A row's stamp is a new random number with each change of the row, its GPUs or its pull. Who has read a row with its
-- stamp needn't read it again, also if another ledger was brought back in the same file: equal stamps mean equal rows.
-- Triggers set it, so that no writer can forget it.
ALTER TABLE instances ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;
UPDATE instances SET stamp = random();
CREATE INDEX instances_stamp ON instances (stamp); -- all ids and stamps are read from it, without the long rows
CREATE INDEX instances_phase ON instances (phase); -- who waits for GPUs is read in each promise

CREATE TRIGGER instances_added AFTER INSERT ON instances BEGIN
	UPDATE instances SET stamp = random() WHERE id = NEW.id;
END;
CREATE TRIGGER instances_changed AFTER UPDATE ON instances WHEN OLD.stamp = NEW.stamp BEGIN
	UPDATE instances SET stamp = random() WHERE id = NEW.id;
END;
CREATE TRIGGER gpu_leases_added AFTER INSERT ON gpu_leases BEGIN
	UPDATE instances SET stamp = random() WHERE id = NEW.instance;
END;
CREATE TRIGGER gpu_leases_changed AFTER UPDATE ON gpu_leases BEGIN
	UPDATE instances SET stamp = random() WHERE id IN (OLD.instance, NEW.instance);
END;
CREATE TRIGGER gpu_leases_removed AFTER DELETE ON gpu_leases BEGIN
	UPDATE instances SET stamp = random() WHERE id = OLD.instance;
END;
CREATE TRIGGER pulls_added AFTER INSERT ON pulls BEGIN
	UPDATE instances SET stamp = random() WHERE id = NEW.instance;
END;
CREATE TRIGGER pulls_changed AFTER UPDATE ON pulls BEGIN
	UPDATE instances SET stamp = random() WHERE id IN (OLD.instance, NEW.instance);
END;
CREATE TRIGGER pulls_removed AFTER DELETE ON pulls BEGIN
	UPDATE instances SET stamp = random() WHERE id = OLD.instance;
END;
