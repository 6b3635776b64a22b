// Package http takes the place of net/http in the component, which has no network. It has what Helm
// mentions, to look for JSON Schemas by URL.
package http

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/url"
	"time"
)

// MethodGet reads.
const MethodGet = "GET"

// StatusOK means that all is well.
const StatusOK = 200

// errOffline is the end of every request.
var errOffline = errors.New("nothing is fetched in a render")

// NoBody is empty.
var NoBody io.Reader = noBody{}

type noBody struct{}

func (noBody) Read([]byte) (int, error) { return 0, io.EOF }

// Header would be sent.
type Header map[string][]string

// Set keeps nothing.
func (Header) Set(string, string) {}

// Request would be sent.
type Request struct {
	Header Header
}

// NewRequestWithContext makes one.
func NewRequestWithContext(context.Context, string, string, io.Reader) (*Request, error) {
	return &Request{}, nil
}

// Response would come back.
type Response struct {
	StatusCode int
	Body       io.ReadCloser
}

// Transport would open connections.
type Transport struct {
	Proxy           func(*Request) (*url.URL, error)
	TLSClientConfig *tls.Config
}

// ProxyFromEnvironment finds none.
func ProxyFromEnvironment(*Request) (*url.URL, error) {
	return nil, nil
}

// Client would send requests.
type Client struct {
	Timeout   time.Duration
	Transport *Transport
}

// Do refuses.
func (*Client) Do(*Request) (*Response, error) {
	return nil, errOffline
}

// StatusText says nothing.
func StatusText(int) string {
	return ""
}

// DetectContentType knows no types: only charts that come as archives are looked at, to tell users what
// they gave instead of one.
func DetectContentType([]byte) string {
	return "application/octet-stream"
}
