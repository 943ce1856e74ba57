package popup

import (
	"net/netip"
	"strconv"

	"berth/model"
)

// services are the usual services by port inside the container: IANA's assignments, and the defaults of programs that
// people run on GPU machines.
var services = map[int]string{
	22: "ssh", 80: "http", 443: "https", 1111: "portal", 3000: "web", 3306: "mysql", 4040: "spark",
	5000: "mlflow", 5432: "postgres", 5678: "debugpy", 5900: "vnc", 6006: "tensorboard", 6333: "qdrant",
	6379: "redis", 7860: "gradio", 8000: "http api", 8080: "http", 8081: "http", 8188: "comfyui",
	8265: "ray", 8384: "syncthing", 8443: "https", 8501: "streamlit", 8786: "dask", 8787: "dask",
	8888: "jupyter", 9090: "prometheus", 10000: "gradio", 11434: "ollama", 27017: "mongodb",
	29500: "torchrun", 30000: "sglang",
}

// service guesses the service of a port, first from the instance's own variables and mode, then from services. It is ""
// if unknown.
func service(i model.Instance, p model.Port) string {
	number := strconv.Itoa(p.Asked)
	jupyter, _ := i.Plan.Var("JUPYTER_PORT")
	open, _ := i.Plan.Var("OPEN_BUTTON_PORT")
	switch {
	case p.Protocol != model.TCP:
		return ""
	case number == jupyter, p.Internal == model.PortJupyter && i.Order.Mode == model.ModeJupyter:
		return "jupyter"
	case number == open:
		return "open"
	}
	return services[p.Internal]
}

// reach returns from where a machine's ports can be reached. They are bound on all of its addresses, so the public
// address decides.
func reach(publicIP string) string {
	ip, err := netip.ParseAddr(publicIP)
	switch {
	case err != nil:
		return "bound to all addresses"
	case ip.IsLoopback():
		return "reached from this machine only"
	case model.LocalAddress(ip):
		return "bound to all addresses: local network"
	}
	return "bound to all addresses: internet"
}
