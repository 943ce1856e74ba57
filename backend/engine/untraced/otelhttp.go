// Package otelhttp stands in for OpenTelemetry's package of that name, which the Docker client wraps around each request
// to report it to a collector. berth has no collector, so that here a request is only sent (docs/decisions/025).
package otelhttp

import "net/http"

// An Option would say how requests are reported.
type Option struct{}

// WithSpanNameFormatter would name the reports.
func WithSpanNameFormatter(func(operation string, r *http.Request) string) Option { return Option{} }

// WithTracerProvider would say where they go.
func WithTracerProvider(any) Option { return Option{} }

// NewTransport returns the transport as it is; the usual one for none.
func NewTransport(base http.RoundTripper, _ ...Option) http.RoundTripper {
	if base == nil {
		return http.DefaultTransport
	}
	return base
}
