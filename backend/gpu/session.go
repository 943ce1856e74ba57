package gpu

import (
	"fmt"
	"time"

	"berth/model"
)

// A session is a driver over time: opened when possible, closed when it fails, opened again later.
type session struct {
	driver driver
	log    func(string)

	opened bool
	retry  time.Time // earliest time of the next attempt
	last   Sample
}

// read asks the driver for everything. It opens the driver first if that is due.
func (s *session) read(at time.Time) Sample {
	if !s.opened && at.Before(s.retry) {
		return s.last
	}
	version, devices, err := s.attempt(at)
	if err != nil {
		return s.fail(at, err)
	}
	if !s.last.Condition.OK {
		s.log(fmt.Sprintf("driver: %s answers, %d GPUs", version, len(devices)))
	}
	s.last = Sample{
		At: at, Driver: version, Devices: devices,
		Condition: model.Condition{OK: true, Since: at},
	}
	return s.last
}

// attempt turns a panic into an error: a driver with nonsensical answers must not end the program.
func (s *session) attempt(at time.Time) (version string, devices []model.Device, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading the driver failed: %v", p)
		}
	}()
	version = s.last.Driver
	if !s.opened {
		if version, err = s.driver.open(); err != nil {
			return version, nil, err
		}
		s.opened = true
	}
	devices, err = s.driver.survey(at)
	return version, devices, err
}

// fail keeps the last readings, and says why there are no newer ones.
func (s *session) fail(at time.Time, err error) Sample {
	s.close()
	s.retry = at.Add(retryAfter)
	if s.last.Condition.Reason != err.Error() {
		s.log("driver: " + err.Error())
	}
	s.last.Condition = model.Condition{Reason: err.Error(), Since: s.last.Condition.Since}
	return s.last
}

func (s *session) close() {
	if s.opened {
		s.driver.close()
		s.opened = false
	}
}
