package model

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// LastPort is the highest port number.
const LastPort = 65535

// parsePorts parses the value of -p: [LEFT:]PORT[/PROTOCOL], where LEFT and PORT may be ranges. LEFT is docker's host
// port. It is ignored: external ports are random.
func parsePorts(spec string) ([]PortAsk, error) {
	numbers, protocol, err := cutProtocol(spec)
	if err != nil {
		return nil, err
	}
	if strings.Count(numbers, ":") > 1 || strings.ContainsAny(numbers, ".[") {
		return nil, errors.New("a host address can't be chosen, every port is open on the machine's own: write the port alone")
	}
	left, right, both := strings.Cut(numbers, ":")
	if !both {
		left, right = "", numbers
	}
	if right == "" {
		return nil, fmt.Errorf("no port is named: write one from 1 to %d, or a range such as 9000-9010", LastPort)
	}
	first, last, err := parseRange(right)
	if err != nil {
		return nil, err
	}
	if err := checkPorts(first, last); err != nil {
		return nil, err
	}
	if left != "" {
		if err := checkLeft(left, first, last); err != nil {
			return nil, err
		}
	}
	asks := make([]PortAsk, 0, last-first+1)
	for n := first; n <= last; n++ {
		asks = append(asks, PortAsk{n, protocol})
	}
	return asks, nil
}

// cutProtocol splits /tcp or /udp off a port. Without a protocol it is tcp.
func cutProtocol(spec string) (numbers string, protocol Protocol, err error) {
	numbers, word, given := strings.Cut(spec, "/")
	if !given {
		return numbers, TCP, nil
	}
	switch protocol = Protocol(strings.ToLower(word)); protocol {
	case TCP, UDP:
		return numbers, protocol, nil
	}
	return "", "", fmt.Errorf("protocol %s: only tcp and udp ports can be opened", quote(word))
}

// parseRange reads "9000" or "9000-9010".
func parseRange(s string) (first, last int, err error) {
	from, to, both := strings.Cut(s, "-")
	if !both {
		to = from
	}
	first, err = parsePort(from)
	if err == nil {
		last, err = parsePort(to)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s is not a port number: write one from 1 to %d, or a range such as 9000-9010", quote(s), LastPort)
	}
	if last < first {
		return 0, 0, fmt.Errorf("the range ends before it begins: write %d-%d", last, first)
	}
	return first, last, nil
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err // 31 bits
}

// checkPorts checks a range of requested numbers: they must be real ports or identity ports.
func checkPorts(first, last int) error {
	switch {
	case first == 0:
		return errors.New("port 0 does not exist: ports are 1 to 65535")
	case first > LastPort && first < IdentityBase, last > LastPort && first < IdentityBase:
		return fmt.Errorf("ports end at %d; from %d on a number asks for a port that is the same inside and outside",
			LastPort, IdentityBase)
	case last-first >= MaxPorts:
		return fmt.Errorf("at most %d ports, this range has %d", MaxPorts, last-first+1)
	}
	return nil
}

// checkLeft checks the host side of -p against the container's side. Its number has no effect, but an impossible one is
// a mistake that is reported.
func checkLeft(left string, first, last int) error {
	f, l, err := parseRange(left)
	switch {
	case err != nil:
		return err
	case f > LastPort || l > LastPort || first >= IdentityBase:
		if f != first || l != last {
			return fmt.Errorf("a port that is the same inside and outside has one number on both sides: %d:%d",
				IdentityBase, IdentityBase)
		}
	case first != last && l-f != last-first:
		return errors.New("the two ranges differ in length")
	}
	return nil
}
