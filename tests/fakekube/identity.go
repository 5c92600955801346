package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

type identity struct {
	Name   string              `json:"name"`
	Groups []string            `json:"groups"`
	UID    string              `json:"uid,omitempty"`
	Extra  map[string][]string `json:"extra,omitempty"`
}

const bearerProtocol = "base64url.bearer.authorization.k8s.io."

// authenticate does what the API server does: a client certificate, else a bearer token, also one that
// is hidden in the WebSocket sub-protocols (which it removes).
func (s *server) authenticate(r *http.Request) (identity, string, bool) {
	if token, ok := takeProtocolToken(r.Header); ok {
		if name, known := s.tokens[token]; known {
			return identity{Name: name}, "websocket-token", true
		}
	}
	if len(r.TLS.VerifiedChains) > 0 {
		subject := r.TLS.PeerCertificates[0].Subject
		return identity{Name: subject.CommonName, Groups: subject.Organization}, "certificate", true
	}
	if token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		if name, known := s.tokens[token]; known {
			return identity{Name: name}, "token", true
		}
	}
	return identity{Name: "system:anonymous"}, "none", false
}

func takeProtocolToken(headers http.Header) (string, bool) {
	var kept []string
	token, found := "", false
	for _, line := range headers["Sec-Websocket-Protocol"] {
		for _, protocol := range strings.Split(line, ",") {
			protocol = strings.TrimSpace(protocol)
			if encoded, ok := strings.CutPrefix(protocol, bearerProtocol); ok {
				decoded, err := base64.RawURLEncoding.DecodeString(encoded)
				token, found = string(decoded), err == nil
				continue
			}
			kept = append(kept, protocol)
		}
	}
	if found {
		headers.Set("Sec-Websocket-Protocol", strings.Join(kept, ", "))
	}
	return token, found
}

// impersonate applies the Impersonate-* headers. As in the API server, an empty user name means no
// impersonation at all, and the rest without a user is an internal error.
func impersonate(who identity, headers http.Header) (identity, error) {
	var as identity
	as.Name = headers.Get("Impersonate-User")
	as.Groups = headers["Impersonate-Group"]
	as.UID = headers.Get("Impersonate-Uid")
	as.Extra = map[string][]string{}
	for name, values := range headers {
		if key, found := strings.CutPrefix(strings.ToLower(name), "impersonate-extra-"); found {
			if decoded, err := url.PathUnescape(key); err == nil {
				key = decoded
			}
			as.Extra[key] = append(as.Extra[key], values...)
		}
	}
	if as.Name == "" {
		if len(as.Groups) > 0 || as.UID != "" || len(as.Extra) > 0 {
			return who, fmt.Errorf("requested %v without impersonating a user", as)
		}
		return who, nil
	}
	as.Groups = append(append([]string{}, as.Groups...), "system:authenticated")
	return as, nil
}
