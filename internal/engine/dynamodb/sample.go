package dynamodb

import (
	"context"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// Sample reads some items of a table, some pages of it at most, and tells which
// attributes they have and which kinds of items there are. Kinds are told apart
// by the beginnings of their keys, as single-table designs have them: what
// stands before the first # (or :, |, /), or a key without one in whole when it
// is a word.
func (e *Engine) Sample(ctx context.Context, name string, items int) (engine.Sample, error) {
	segments := 1 // the first items of a table can all be of one partition key
	t, err := e.describe(ctx, name)
	if err != nil {
		return engine.Sample{}, err
	}
	if t.bytes > sampleParts*segmentBytes {
		segments = sampleParts
	}
	st, err := e.Read(ctx, engine.Read{Kind: engine.ReadScan, Table: name, Limit: int64(items), Segments: segments, Form: engine.FormTyped})
	if err != nil {
		return engine.Sample{}, err
	}
	defer st.Close()
	s := sampler{keys: t.keyNames(""), entities: map[string]*engine.SampledEntity{}}
	pulled := st.(*stream)
	for {
		c, err := pulled.source.next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return engine.Sample{}, pulled.word(err)
		}
		for _, it := range c.items {
			if !item.Valid(it) {
				return engine.Sample{}, fault.Wrap(item.ErrBroken, fault.Internal, "DynamoDB's items cannot be read")
			}
			s.add(it)
		}
	}
	if err := st.Close(); err != nil {
		return engine.Sample{}, err
	}
	out := s.sample()
	out.Stats = st.Stats()
	return out, nil
}

// sampleParts is from how many places of a larger table a sample is taken.
const sampleParts = 10

// sampler gathers a sample.
type sampler struct {
	keys     []string
	items    int64
	seen     survey
	entities map[string]*engine.SampledEntity
}

func (s *sampler) add(it []byte) {
	s.items++
	s.seen.add(it)
	var begins []string
	for _, k := range s.keys {
		tag, inner := item.Split(item.Member(it, k))
		begins = append(begins, beginning(tag, item.Text(inner)))
	}
	id := strings.Join(begins, "\x00")
	kind := s.entities[id]
	if kind == nil {
		for i := range begins {
			begins[i] = strings.Clone(begins[i])
		}
		kind = &engine.SampledEntity{Keys: begins}
		s.entities[strings.Clone(id)] = kind
	}
	kind.Items++
	item.Attributes(it, func(name, _ string, _, _ []byte) bool {
		if !slices.Contains(s.keys, name) && !slices.Contains(kind.Attributes, name) {
			kind.Attributes = append(kind.Attributes, strings.Clone(name))
		}
		return true
	})
}

// beginning is the part of a key that tells the kind of its item.
func beginning(tag, key string) string {
	if tag != "S" {
		return "(" + tag + ")"
	}
	if i := strings.IndexAny(key, "#:|/"); i > 0 {
		return key[:i+1]
	}
	for _, c := range []byte(key) {
		if c >= '0' && c <= '9' {
			return "(S)" // an id, not a word
		}
	}
	return key
}

// mostEntities is how many kinds make a single-table design; more means that
// the keys' beginnings are data.
const mostEntities = 30

func (s *sampler) sample() engine.Sample {
	out := engine.Sample{Items: s.items}
	sort.SliceStable(s.seen.list, func(i, j int) bool {
		a, b := s.seen.list[i], s.seen.list[j]
		if ka, kb := slices.Contains(s.keys, a.name), slices.Contains(s.keys, b.name); ka != kb {
			return ka
		}
		return a.items > b.items
	})
	for _, a := range s.seen.list {
		out.Attributes = append(out.Attributes, engine.SampledAttribute{Name: a.name, Types: a.tags, Items: a.items})
	}
	if len(s.entities) > mostEntities {
		return out
	}
	for _, kind := range s.entities {
		out.Entities = append(out.Entities, *kind)
	}
	sort.Slice(out.Entities, func(i, j int) bool {
		if a, b := out.Entities[i], out.Entities[j]; a.Items != b.Items {
			return a.Items > b.Items
		}
		return strings.Join(out.Entities[i].Keys, " ") < strings.Join(out.Entities[j].Keys, " ")
	})
	return out
}
