package athena

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// unloading is an Athena whose workgroup has a result location and whose UNLOAD
// ended with a manifest; s3 answers for the store.
func unloading(end func(map[string]any) any, s3 http.HandlerFunc) *double {
	d := &double{answer: finished("DML", "UNLOAD"), s3: s3}
	d.answer["GetWorkGroup"] = func(map[string]any) any {
		return map[string]any{"WorkGroup": map[string]any{"Name": "primary", "Configuration": map[string]any{
			"ResultConfiguration": map[string]any{"OutputLocation": "s3://results/p/"}}}}
	}
	d.answer["GetQueryExecution"] = func(in map[string]any) any {
		out := end(in)
		x := out.(map[string]any)["QueryExecution"].(map[string]any)
		if start := d.last("StartQueryExecution"); start != nil {
			x["Query"] = start["QueryString"]
		}
		x["Statistics"].(map[string]any)["DataManifestLocation"] = "s3://results/p/q-1-manifest.csv"
		return out
	}
	return d
}

func TestUnloadIsWrittenAroundTheQuery(t *testing.T) {
	form := regexp.MustCompile(`^UNLOAD \(select 1 as a -- one\n\) TO 's3://results/p/fairlead-unload/[0-9a-f]{48}/' WITH \(format = 'PARQUET', compression = 'SNAPPY'\)$`)
	d := unloading(state("SUCCEEDED", "DML", "UNLOAD", ""), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"e"`)
		s3Refuses(w, 416, "InvalidRange")
	})
	s, err := openDouble(t, d, map[string]string{"fetch": "unload"}).Run(t.Context(), engine.Statement{Text: "select 1 as a -- one"})
	if err != nil {
		t.Fatal(err)
	}
	rows := read(t, s)
	if text, _ := d.last("StartQueryExecution")["QueryString"].(string); !form.MatchString(text) {
		t.Errorf("%q", text)
	}
	if st := s.Stats(); len(rows) != 0 || st.Path != "unload (0 files)" || st.RowsAffected != nil || !strings.Contains(st.Notes[0], "wrote no file") {
		t.Errorf("%v, %+v", rows, st)
	}
}

func TestUnloadFailures(t *testing.T) {
	ended := state("SUCCEEDED", "DML", "UNLOAD", "")
	file := "s3://results/p/fairlead-unload/x/1.parquet\n"
	manifest := func(text string, else_ http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "-manifest.csv") {
				w.Header().Set("Etag", `"m"`)
				w.Write([]byte(text))
				return
			}
			else_(w, r)
		}
	}
	for name, c := range map[string]struct {
		end    func(map[string]any) any
		s3     http.HandlerFunc
		code   fault.Code
		says   string
		remedy string
	}{
		"two columns of one name": {state("FAILED", "DML", "UNLOAD", "DUPLICATE_COLUMN_NAME: line 1:20: Column name 'a' specified more than once"), nil,
			fault.Statement, "Athena failed the statement", "--fetch s3"},
		"manifest denied":    {ended, func(w http.ResponseWriter, r *http.Request) { s3Refuses(w, 403, "AccessDenied") }, fault.Denied, "S3 does not allow it", ""},
		"manifest of others": {ended, manifest("s3://results/precious.parquet\n", nil), fault.Internal, "the manifest lists", ""},
		"file gone":          {ended, manifest(file, func(w http.ResponseWriter, r *http.Request) { noSuchKey(w) }), fault.NotFound, "was deleted", ""},
		"no Parquet":         {ended, manifest(file, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>log in to the proxy</html>")) }), fault.Internal, "not Parquet", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := unloading(c.end, c.s3)
			_, err := openDouble(t, d, map[string]string{"fetch": "unload"}).Run(t.Context(), engine.Statement{Text: "select 1 as a, 2 as a"})
			f := fault.As(err)
			if f == nil || f.Code != c.code || !strings.Contains(f.Error(), c.says) || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("%#v", f)
			}
		})
	}
}

func TestWhatBarsUnload(t *testing.T) {
	for text, want := range map[string]string{
		"insert into t select 1": "queries alone", "show tables": "queries alone", "execute p": "queries alone",
		"select 1; select 2": "one query", "": "one query",
	} {
		e := openDouble(t, &double{}, map[string]string{"output_location": "s3://b/p"}).(*Engine)
		if _, why := e.asUnload(t.Context(), engine.Statement{Text: text}); !strings.Contains(why, want) {
			t.Errorf("%q: %q", text, why)
		}
	}
	d := &double{answer: map[string]func(map[string]any) any{"GetWorkGroup": func(map[string]any) any {
		return map[string]any{"WorkGroup": map[string]any{"Configuration": map[string]any{"ManagedQueryResultsConfiguration": map[string]any{"Enabled": true}}}}
	}}}
	if _, why := openDouble(t, d, nil).(*Engine).asUnload(t.Context(), engine.Statement{Text: "select 1"}); !strings.Contains(why, "manages") {
		t.Errorf("%q", why)
	}
	denied := &double{answer: map[string]func(map[string]any) any{"GetWorkGroup": func(map[string]any) any { return refusal{400, "AccessDeniedException", "no"} }}}
	if _, why := openDouble(t, denied, nil).(*Engine).asUnload(t.Context(), engine.Statement{Text: "select 1"}); !strings.Contains(why, "output_location") {
		t.Errorf("%q", why)
	}
}
