package model

import (
	"slices"
	"strings"
)

// platformNames maps the driver's names of GPUs to the names that clients of the reference platform use, where no rule
// in PlatformName does. The keys are without "NVIDIA" and in lower case. Several driver names may have the same
// platform name.
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

// PlatformName returns the reference platform's name for a GPU, given the driver's name. A name that the table lacks is
// made by the platform's own rules: NVIDIA GeForce RTX 4080 SUPER becomes RTX 4080S, NVIDIA RTX 6000 Ada Generation
// becomes RTX 6000Ada. A MIG instance is its GPU's name followed by its own part.
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
	return shortened(bare, turns)
}

// turns are the platform's rules for names that the table lacks.
var turns = [][2]string{{" Ti SUPER", "S Ti"}, {" SUPER", "S"}, {" Ada Generation", "Ada"}, {" Laptop GPU", " Laptop"}}

func shortened(name string, turns [][2]string) string {
	for _, turn := range turns {
		name = strings.Replace(name, turn[0], turn[1], 1)
	}
	return name
}

// GoesBy reports whether a name that a user wrote means a GPU, given the driver's name. Users write names in many ways:
// RTX_4090, 4090, RTX4090, H100 SXM, A100-SXM4, or the driver's own. A name of one product means only that: RTX 3090
// isn't RTX 3090 Ti. A shorter one means every GPU whose name has all its words: H100 means every H100.
func GoesBy(driver, written string) bool {
	want := plainName(written)
	if want == "" {
		return false
	}
	full, own := plainName(driver), plainName(PlatformName(driver))
	if joined := squeezed(want); joined == squeezed(full) || joined == squeezed(own) {
		return true
	}
	if isProduct(want) {
		return squeezed(shortened(want, plainTurns)) == squeezed(own)
	}
	have := append(wordsOf(driver), strings.Fields(own)...)
	return !slices.ContainsFunc(strings.Fields(want), func(word string) bool { return !slices.Contains(have, word) })
}

// plainName writes a name in lower case, with single blanks between its words, without the maker, and the number of a
// GeForce with its line before it.
func plainName(s string) string {
	words := wordsOf(s)
	for len(words) > 1 && (words[0] == "nvidia" || words[0] == "geforce") {
		words = words[1:]
	}
	if len(words) > 0 && geForceNumber().MatchString(words[0]) {
		line := "rtx"
		if words[0][0] == '1' {
			line = "gtx"
		}
		words = slices.Insert(words, 0, line)
	}
	return strings.Join(words, " ")
}

// wordsOf returns the words of a name in lower case. The number of an SXM socket is left out: a GPU is made for one of
// them, and people write it or not.
func wordsOf(name string) []string {
	words := strings.Fields(strings.ToLower(strings.NewReplacer("_", " ", "-", " ").Replace(name)))
	for n, word := range words {
		if sxmSocket().MatchString(word) {
			words[n] = "sxm"
		}
	}
	return words
}

// sxmSocket matches a socket with its number, sxmAtEnd a name that ends with one.
var (
	sxmSocket = Pattern(`^sxm\d$`)
	sxmAtEnd  = Pattern(`sxm\d$`)
)

// squeezed writes a plain name without its blanks, as A100SXM4 is written.
func squeezed(plain string) string {
	whole := strings.ReplaceAll(plain, " ", "")
	if sxmAtEnd().MatchString(whole) {
		return whole[:len(whole)-1]
	}
	return whole
}

// isProduct reports whether a plain name is that of one product: a name of the platform's, or rtx or gtx and a number.
// Other numbers alone, such as 6000, are those of several products.
func isProduct(plain string) bool {
	return geForceOrRTX().MatchString(plain) || platformSqueezed[squeezed(plain)]
}

var (
	geForceNumber = Pattern(`^[1-9]\d[5-9]0[a-z]*$`) // 3090, 4090d, 4080s
	geForceOrRTX  = Pattern(`^(rtx|gtx) ?\d`)
)

// plainTurns are the platform's rules for plain names, platformSqueezed has the platform's names without blanks.
var plainTurns, platformSqueezed = plainForms()

func plainForms() (rules [][2]string, names map[string]bool) {
	for _, turn := range turns {
		rules = append(rules, [2]string{strings.ToLower(turn[0]), strings.ToLower(turn[1])})
	}
	names = map[string]bool{}
	for _, name := range platformNames {
		names[squeezed(plainName(name))] = true
	}
	return rules, names
}
