package model

import "testing"

func TestGPUsGoByThePlatformsNames(t *testing.T) {
	for driver, want := range map[string]string{
		"NVIDIA H100 80GB HBM3": "H100 SXM", "NVIDIA H100 PCIe": "H100 PCIE", "NVIDIA H100 NVL": "H100 NVL",
		"NVIDIA A100-SXM4-80GB": "A100 SXM4", "NVIDIA A100 80GB PCIe": "A100 PCIE", "NVIDIA A100-PCIE-40GB": "A100 PCIE",
		"NVIDIA H200": "H200", "NVIDIA B200": "B200", "NVIDIA B300 SXM6 AC": "B300", "NVIDIA GH200 480GB": "GH200 SXM", "NVIDIA GB10": "GB10",
		"NVIDIA L40S": "L40S", "Tesla T4": "Tesla T4", "Tesla V100-SXM2-16GB": "Tesla V100",
		"NVIDIA RTX 6000 Ada Generation": "RTX 6000Ada", "NVIDIA RTX 4000 Ada Generation": "RTX 4000Ada", "NVIDIA RTX A6000": "RTX A6000",
		"NVIDIA RTX PRO 6000 Blackwell Server Edition": "RTX PRO 6000 S", "NVIDIA RTX PRO 6000 Blackwell Workstation Edition": "RTX PRO 6000 WS",
		"NVIDIA GeForce RTX 4090": "RTX 4090", "NVIDIA GeForce RTX 4090 D": "RTX 4090D", "NVIDIA GeForce RTX 4080 SUPER": "RTX 4080S",
		"NVIDIA GeForce RTX 4070 Ti SUPER": "RTX 4070S Ti", "NVIDIA GeForce RTX 4070 Ti": "RTX 4070 Ti", "GeForce RTX 2080 Ti": "RTX 2080 Ti",
		"NVIDIA GeForce RTX 3090": "RTX 3090", "NVIDIA GeForce RTX 3090 Ti": "RTX 3090 Ti", "NVIDIA GeForce GTX 1660 SUPER": "GTX 1660 S",
		"Quadro RTX 8000": "Q RTX 8000", "NVIDIA TITAN RTX": "Titan RTX",
		"NVIDIA H100 80GB HBM3 MIG 1g.10gb": "H100 SXM MIG 1g.10gb", "": "",
	} {
		if got := PlatformName(driver); got != want {
			t.Errorf("%s goes by %q, want %q", driver, got, want)
		}
	}
}

func TestAFilterMeansTheGPUsThatItNames(t *testing.T) {
	const h100, rtx, ti, super = "NVIDIA H100 80GB HBM3", "NVIDIA GeForce RTX 3090", "NVIDIA GeForce RTX 3090 Ti", "NVIDIA GeForce RTX 4080 SUPER"
	for _, tt := range []struct {
		driver, filter string
		want           bool
	}{
		{h100, "H100_SXM", true}, {h100, "H100 SXM", true}, {h100, "h100", true}, {h100, h100, true}, {h100, "h100_80gb", true},
		{h100, "H100 PCIE", false}, {h100, "H100_NVL", false}, {h100, "A100", false}, {h100, "", false},
		{"NVIDIA H200 NVL", "H200", false}, {"NVIDIA H200", "H200", true}, {"NVIDIA L40S", "L40", false},
		{rtx, "RTX_3090", true}, {ti, "RTX 3090", false}, {ti, "RTX_3090_Ti", true}, {rtx, "RTX 3090 Ti", false},
		{super, "RTX_4080S", true}, {super, "RTX 4080", false}, {"NVIDIA RTX 6000 Ada Generation", "RTX_6000Ada", true},
		{"NVIDIA RTX A6000", "RTX 6000Ada", false}, {"NVIDIA A100-SXM4-80GB", "A100", true}, {"NVIDIA A100-SXM4-80GB", "A100_PCIE", false},
		// a name of one product, however it is written
		{ti, "NVIDIA GeForce RTX 3090", false}, {ti, "GeForce RTX 3090", false}, {ti, "3090", false}, {rtx, "3090", true}, {ti, "3090 ti", true},
		{rtx, "NVIDIA RTX 3090", true}, {rtx, "RTX3090", true}, {ti, "RTX3090", false}, {ti, "rtx-3090-ti", true},
		{"NVIDIA H200 NVL", "NVIDIA H200", false}, {"NVIDIA H200 NVL", "H200-NVL", true}, {"NVIDIA L40S", "NVIDIA L40", false}, {"NVIDIA L40", "L40", true},
		{"NVIDIA GeForce RTX 4070 Ti", "RTX 4070", false}, {"NVIDIA GeForce RTX 4070", "RTX_4070_Ti", false}, {"NVIDIA GeForce RTX 4070 Ti", "RTX_4070_Ti", true},
		{"NVIDIA GeForce RTX 4070 Ti SUPER", "RTX_4070_Ti", false}, {"NVIDIA GeForce RTX 4070 Ti SUPER", "RTX 4070 Ti SUPER", true},
		{"NVIDIA GeForce RTX 4070 Ti SUPER", "RTX_4070S_Ti", true}, {"NVIDIA GeForce RTX 4070 SUPER", "RTX 4070 Super", true},
		{"NVIDIA GeForce RTX 4070 Ti SUPER", "RTX 4070 SUPER", false}, {"NVIDIA GeForce RTX 4070 Laptop GPU", "RTX 4070", false},
		{"NVIDIA GeForce RTX 4090 D", "RTX 4090", false}, {"NVIDIA GeForce RTX 4090 D", "4090", false}, {"NVIDIA GeForce RTX 4090 D", "RTX_4090D", true},
		{"NVIDIA GeForce GTX 1660 SUPER", "GTX 1660S", true}, {"NVIDIA GeForce GTX 1660 SUPER", "1660", false}, {"NVIDIA GeForce GTX 1060 3GB", "GTX 1060 6GB", false},
		{"NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada", true}, {"NVIDIA RTX 6000 Ada Generation", "RTX 6000Ada", true}, {"NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX 6000", false},
		{"NVIDIA RTX A6000", "A6000", true}, {"NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000", true}, {"NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX_PRO_6000_WS", false},
		{"NVIDIA A100-SXM4-80GB", "A100_SXM4", true}, {"NVIDIA A100-PCIE-40GB", "NVIDIA A100 80GB PCIe", false}, {"NVIDIA A100-SXM4-40GB", "A100 SXM4", true},
		{"NVIDIA A100-SXM4-80GB", "A10", false}, {"NVIDIA A10G", "A10", false}, {"Tesla T4", "T4", true}, {"Tesla V100-SXM2-16GB", "V100", true}, {"NVIDIA GeForce RTX 3090", "RTX", true},
		{"Quadro RTX 8000", "Q_RTX_8000", true}, {"Quadro RTX 8000", "Quadro RTX 8000", true}, {"NVIDIA H100 80GB HBM3", "H100SXM", true},
		{"NVIDIA H100 80GB HBM3", "H100 SXM5", true}, {"NVIDIA H100 80GB HBM3", "H100_SXM5", true}, {"NVIDIA H100 PCIe", "H100_SXM5", false},
		{"NVIDIA A100-SXM4-80GB", "A100_SXM", true}, {"NVIDIA A100-SXM4-80GB", "A100 SXM4", true}, {"NVIDIA A100-PCIE-40GB", "A100 SXM", false},
		{"NVIDIA A100-SXM4-80GB", "A100SXM4", true}, {"NVIDIA A100-SXM4-80GB", "A100SXM", true}, {"NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB", true},
	} {
		if got := GoesBy(tt.driver, tt.filter); got != tt.want {
			t.Errorf("%q means %s: %t", tt.filter, tt.driver, got)
		}
	}
}
