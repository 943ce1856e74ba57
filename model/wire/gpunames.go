package wire

import (
	"slices"
	"strings"
)

// platformNames are the names that clients of the reference platform know GPUs by, for the driver's names (without
// "NVIDIA" before them, in lower case) that no rule turns into them. Several drivers' names may be one of the platform's.
var platformNames = map[string]string{
	"b300 sxm6 ac": "B300", "b300": "B300", "b200": "B200", "gb200": "GB200", "gb300": "GB300", "gb10": "GB10",
	"h200": "H200", "h200 nvl": "H200 NVL",
	"h100 80gb hbm3": "H100 SXM", "h100 64gb hbm2": "H100 SXM", "h100 sxm5 80gb": "H100 SXM", "h100 sxm5 94gb": "H100 SXM", "h100 80gb hbm2e": "H100 PCIE",
	"h100 pcie": "H100 PCIE", "h100 nvl": "H100 NVL", "h800": "H800 SXM", "h800 pcie": "H800 PCIE", "h20": "H20",
	"gh200 480gb": "GH200 SXM", "gh200 120gb": "GH200 SXM", "gh200 144g hbm3e": "GH200 SXM",
	"a100-sxm4-80gb": "A100 SXM4", "a100-sxm4-40gb": "A100 SXM4", "a100-sxm-80gb": "A100 SXM4", "a100-sxm-64gb": "A100 SXM4",
	"a100-pcie-40gb": "A100 PCIE", "a100 80gb pcie": "A100 PCIE", "a100-pcie-80gb": "A100 PCIE", "a100x": "A100X",
	"a800-sxm4-80gb": "A800 SXM4", "a800 80gb pcie": "A800 PCIE", "a800-pcie-80gb": "A800 PCIE", "a800 40gb active": "A800 PCIE",
	"a40": "A40", "a30": "A30", "a16": "A16", "a10": "A10", "a10g": "A10G", "a2": "A2",
	"l40s": "L40S", "l40": "L40", "l4": "L4", "t4": "Tesla T4", "tesla t4": "Tesla T4", "t4g": "T4G",
	"tesla v100-sxm2-16gb": "Tesla V100", "tesla v100-sxm2-32gb": "Tesla V100", "tesla v100-pcie-16gb": "Tesla V100",
	"tesla v100-pcie-32gb": "Tesla V100", "tesla v100-sxm3-32gb": "Tesla V100", "tesla v100-fhhl-16gb": "Tesla V100", "tesla v100s-pcie-32gb": "Tesla V100",
	"tesla p100-pcie-16gb": "Tesla P100", "tesla p100-pcie-12gb": "Tesla P100", "tesla p100-sxm2-16gb": "Tesla P100",
	"tesla p40": "Tesla P40", "tesla p4": "Tesla P4", "tesla k80": "Tesla K80", "tesla m40": "Tesla M40", "tesla m40 24gb": "Tesla M40", "tesla m60": "Tesla M60",
	"rtx pro 6000 blackwell server edition": "RTX PRO 6000 S", "rtx pro 6000 blackwell workstation edition": "RTX PRO 6000 WS",
	"rtx pro 6000 blackwell max-q workstation edition": "RTX PRO 6000 Max-Q",
	"rtx pro 5000 blackwell":                           "RTX PRO 5000", "rtx pro 4500 blackwell": "RTX PRO 4500", "rtx pro 4000 blackwell": "RTX PRO 4000", "rtx pro 2000 blackwell": "RTX PRO 2000",
	"quadro rtx 8000": "Q RTX 8000", "quadro rtx 6000": "Q RTX 6000", "quadro rtx 5000": "Q RTX 5000", "quadro rtx 4000": "Q RTX 4000",
	"titan rtx": "Titan RTX", "titan v": "Titan V", "titan xp": "Titan Xp", "titan x (pascal)": "Titan X", "geforce gtx titan x": "GTX TITAN X",
	"geforce rtx 4090 d": "RTX 4090D", "geforce rtx 5090 d": "RTX 5090D",
	"geforce gtx 1660 super": "GTX 1660 S", "geforce gtx 1650 super": "GTX 1650 S", "geforce gtx 1060 6gb": "GTX 1060", "geforce gtx 1060 3gb": "GTX 1060",
}

// PlatformName is what clients of the reference platform call a GPU that the driver names so. One that no table has gets
// the name that the platform's own rules would make: RTX 4080S for NVIDIA GeForce RTX 4080 SUPER, RTX 6000Ada for NVIDIA
// RTX 6000 Ada Generation. A MIG instance keeps its part behind its GPU's name.
func PlatformName(driver string) string {
	whole, part, isPart := strings.Cut(driver, " MIG ")
	if isPart {
		return PlatformName(whole) + " MIG " + part
	}
	bare := strings.TrimSpace(strings.TrimPrefix(driver, "NVIDIA "))
	if name, known := platformNames[strings.ToLower(bare)]; known {
		return name
	}
	bare = strings.TrimPrefix(bare, "GeForce ")
	for _, turn := range [][2]string{{" Ti SUPER", "S Ti"}, {" SUPER", "S"}, {" Ada Generation", "Ada"}, {" Laptop GPU", " Laptop"}} {
		bare = strings.Replace(bare, turn[0], turn[1], 1)
	}
	return bare
}

// GoesBy reports whether a filter means a GPU that the driver names so. Names are written in many ways: RTX_4090, H100
// SXM, the driver's own. One that is some GPU's whole name on the platform means that GPU alone; any other means every GPU
// whose names have all its words: H100 means every H100.
func GoesBy(driver, filter string) bool {
	want := plainName(filter)
	if want == "" {
		return false
	}
	names := []string{plainName(PlatformName(driver)), plainName(driver), plainName(strings.TrimPrefix(driver, "NVIDIA "))}
	if slices.Contains(names, want) {
		return true
	}
	if isWhole(want) {
		return false
	}
	return slices.ContainsFunc(names, func(name string) bool {
		have := strings.Fields(name)
		return !slices.ContainsFunc(strings.Fields(want), func(word string) bool { return !slices.Contains(have, word) })
	})
}

// plainName is a name with blanks alone between its words, in lower case.
func plainName(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.NewReplacer("_", " ", "-", " ").Replace(s))), " ")
}

// isWhole reports whether a plain name is a GPU's whole name on the platform: one of the table, or of the consumer
// series, which have a number.
func isWhole(plain string) bool {
	for _, name := range platformNames {
		if plainName(name) == plain {
			return true
		}
	}
	words := strings.Fields(plain)
	return len(words) >= 2 && (words[0] == "rtx" || words[0] == "gtx") && strings.ContainsAny(words[1], "0123456789")
}
