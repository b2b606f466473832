package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// nonceMark stands in index.html where each answer puts a nonce of its own.
const nonceMark = "__CSP_NONCE__"

// policy allows what the page is made of, from this server alone. Styles that
// the page's library makes carry the nonce.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data: blob:; " +
	"connect-src 'self'; font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page serves the built page: hashed files for ever, index.html never cached.
func (s *Server) page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name == "" || name == "." {
			name = "index.html"
		}
		data, err := fs.ReadFile(s.options.Page, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		header := w.Header()
		if name == "index.html" {
			nonce := random()
			header.Set("Content-Security-Policy", fmt.Sprintf(policy, nonce))
			data = bytes.ReplaceAll(data, []byte(nonceMark), []byte(nonce))
		} else {
			header.Set("Content-Security-Policy", "default-src 'none'")
			if strings.HasPrefix(name, "assets/") { // named by their content
				header.Set("Cache-Control", "private, max-age=31536000, immutable")
			}
		}
		if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
			header.Set("Content-Type", kind)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}
