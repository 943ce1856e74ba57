package model

// Units returns the devices that can be given out, sorted by index. A GPU that is split into MIG instances is
// represented by its MIG instances.
func (c Capacity) Units() []Device { return allocatable(c.Devices) }

// Models returns the driver's names of the models, in the order of their first unit.
func (c Capacity) Models() []string { return modelsOf(c.Units()) }
