package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// itemRequest names an item, and for a change what it was and shall be. Keys and
// items are the service's typed JSON and pass through as they are.
type itemRequest struct {
	Connection string          `json:"connection"`
	Table      string          `json:"table"`
	Key        json.RawMessage `json:"key"`
	Item       json.RawMessage `json:"item,omitempty"`
	// Was is the item as it was read; null or none for one that must be new.
	Was       json.RawMessage `json:"was,omitempty"`
	Confirmed bool            `json:"confirmed,omitempty"` // a person agreed to a change in production
}

func readItemRequest(r *http.Request) (in itemRequest, err error) {
	if err := readJSON(r, &in); err != nil {
		return in, err
	}
	if in.Table == "" || len(in.Key) == 0 {
		return in, fault.New(fault.Usage, "The request names no item: it needs a table and a key")
	}
	if string(in.Was) == "null" {
		in.Was = nil
	}
	return in, nil
}

// version tells two states of an item apart.
func version(item []byte) string {
	sum := sha256.Sum256(item)
	return hex.EncodeToString(sum[:8])
}

// postItemGet reads one item as it was written last.
func (s *Server) postItemGet(w http.ResponseWriter, r *http.Request) error {
	in, err := readItemRequest(r)
	if err != nil {
		return err
	}
	conn, release, err := s.pool.open(r.Context(), in.Connection)
	if err != nil {
		return s.onConnection(in.Connection, err)
	}
	defer release()
	item, _, err := conn.GetItem(r.Context(), in.Table, in.Key)
	if err != nil {
		return s.onConnection(in.Connection, err)
	}
	if item == nil {
		return fault.Newf(fault.NotFound, "Table %s has no item with this key any more", in.Table)
	}
	return writeJSON(w, map[string]any{"item": json.RawMessage(item), "version": version(item)})
}

// putItem writes one item while it is what was read; else the present one comes
// with status 409.
func (s *Server) putItem(w http.ResponseWriter, r *http.Request) error {
	in, err := readItemRequest(r)
	if err != nil {
		return err
	}
	if len(in.Item) == 0 {
		return fault.New(fault.Usage, "The request has no item to write")
	}
	return s.changeItem(w, r, in, func(conn *app.Connection, change engine.ItemWrite) error {
		change.Item = in.Item
		_, err := conn.PutItem(r.Context(), change, app.WriteOptions{Confirmed: in.Confirmed})
		return err
	})
}

// deleteItem deletes one item while it is what was read.
func (s *Server) deleteItem(w http.ResponseWriter, r *http.Request) error {
	in, err := readItemRequest(r)
	if err != nil {
		return err
	}
	return s.changeItem(w, r, in, func(conn *app.Connection, change engine.ItemWrite) error {
		_, err := conn.DeleteItem(r.Context(), change, app.WriteOptions{Confirmed: in.Confirmed})
		return err
	})
}

// changeItem guards a change, makes it, and tells of a conflict.
func (s *Server) changeItem(w http.ResponseWriter, r *http.Request, in itemRequest, do func(*app.Connection, engine.ItemWrite) error) error {
	conn, release, err := s.pool.open(r.Context(), in.Connection)
	if err != nil {
		return s.onConnection(in.Connection, err)
	}
	defer release()
	err = do(conn, engine.ItemWrite{Table: in.Table, Key: in.Key, Was: in.Was})
	var changed *engine.ChangedError
	if errors.As(err, &changed) {
		return writeConflict(w, changed)
	}
	if err != nil {
		return s.onConnection(in.Connection, err)
	}
	return done(w)
}

// writeConflict answers with the item as it is, null for none.
func writeConflict(w http.ResponseWriter, c *engine.ChangedError) error {
	doc := map[string]any{"error": toErrorDoc(c), "item": nil}
	if c.Now != nil {
		doc["item"], doc["version"] = json.RawMessage(c.Now), version(c.Now)
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusConflict)
	_, _ = w.Write(data)
	return nil
}
