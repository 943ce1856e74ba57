// fakegpu is a device plugin for nvidia.com/gpu whose devices are names.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

type plugin struct {
	api.UnimplementedDevicePluginServer
	ids []string
}

func (p *plugin) GetDevicePluginOptions(context.Context, *api.Empty) (*api.DevicePluginOptions, error) {
	return &api.DevicePluginOptions{}, nil
}
func (p *plugin) ListAndWatch(_ *api.Empty, s api.DevicePlugin_ListAndWatchServer) error {
	var d []*api.Device
	for _, id := range p.ids {
		d = append(d, &api.Device{ID: id, Health: api.Healthy})
	}
	if err := s.Send(&api.ListAndWatchResponse{Devices: d}); err != nil {
		return err
	}
	<-s.Context().Done()
	return nil
}
func (p *plugin) GetPreferredAllocation(context.Context, *api.PreferredAllocationRequest) (*api.PreferredAllocationResponse, error) {
	return &api.PreferredAllocationResponse{}, nil
}
func (p *plugin) Allocate(_ context.Context, r *api.AllocateRequest) (*api.AllocateResponse, error) {
	out := &api.AllocateResponse{}
	for _, c := range r.ContainerRequests {
		out.ContainerResponses = append(out.ContainerResponses, &api.ContainerAllocateResponse{Envs: map[string]string{"NVIDIA_VISIBLE_DEVICES": strings.Join(c.DevicesIds, ",")}})
	}
	return out, nil
}
func (p *plugin) PreStartContainer(context.Context, *api.PreStartContainerRequest) (*api.PreStartContainerResponse, error) {
	return &api.PreStartContainerResponse{}, nil
}

func gpus() {
	dir := os.Args[1]
	sock := filepath.Join(dir, "fakegpu.sock")
	stop := func() {}
	for was := ""; ; time.Sleep(500 * time.Millisecond) {
		now := identity(filepath.Join(dir, "kubelet.sock"))
		if now == was {
			continue
		}
		stop()
		stop = serve(sock)
		c, err := grpc.NewClient("unix://"+filepath.Join(dir, "kubelet.sock"), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err == nil {
			_, err = api.NewRegistrationClient(c).Register(context.Background(), &api.RegisterRequest{Version: api.Version, Endpoint: "fakegpu.sock", ResourceName: "nvidia.com/gpu"})
			c.Close()
		}
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println("registered")
		was = now
	}
}

// serve answers at a socket until stop is called. A kubelet that begins removes the sockets of all plugins.
func serve(sock string) (stop func()) {
	os.Remove(sock)
	l, err := net.Listen("unix", sock)
	if err != nil {
		panic(err)
	}
	s := grpc.NewServer()
	api.RegisterDevicePluginServer(s, &plugin{ids: os.Args[2:]})
	go s.Serve(l)
	return s.Stop
}

// identity tells a file from another of the same name: kubelet makes its socket anew when it begins, and forgets who had
// registered.
func identity(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Sys().(*syscall.Stat_t).Ino, info.ModTime())
}
