package model

// Units are the devices that can be given out as they are, by index: of a GPU that is split into MIG
// instances, its parts.
func (c Capacity) Units() []Device { return allocatable(c.Devices) }

// Models are the driver's names of the models there are, in order of their first unit.
func (c Capacity) Models() []string { return modelsOf(c.Units()) }
