package trino

import (
	"slices"
	"strings"
	"sync"
)

// renamed gives aggregates, which no macro can stand for under OVER, and some
// others the name that DuckDB knows them by.
func renamed(name string) string {
	switch name {
	case "approx_distinct":
		return "approx_count_distinct"
	case "arbitrary":
		return "any_value"
	case "every":
		return "bool_and"
	case "geometric_mean":
		return "geomean"
	case "bitwise_and_agg":
		return "bit_and"
	case "bitwise_or_agg":
		return "bit_or"
	case "bitwise_xor_agg":
		return "bit_xor"
	case "max_by":
		return "arg_max_null"
	case "min_by":
		return "arg_min_null"
	case "zip":
		return "list_zip"
	case "map_entries":
		return "fl_entries"
	case "power":
		return "pow"
	case "json_extract":
		return "fl_json_extract"
	}
	return name
}

// knownFunction tells whether Athena has a function of this name and so has
// the sandbox (docs.aws.amazon.com/athena/latest/ug/functions-env3.html).
func knownFunction(name string) bool {
	_, found := slices.BinarySearch(functionNames(), name)
	return found
}

// functionNames lists the functions in order: those that DuckDB shares or the
// rewriter translates, and the macros.
var functionNames = sync.OnceValue(func() []string {
	names := strings.Fields(`
		abs acos cardinality length reverse sequence to_iso8601 all_match any_match any_value approx_distinct approx_percentile arbitrary array_agg asin atan atan2 avg
		bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or cbrt ceil ceiling char_length character_length chr coalesce concat concat_ws corr cos cosh count count_if covar_pop covar_samp
		cume_dist date_format date_parse day degrees dense_rank every exp filter first_value flatten floor format format_datetime from_base64 geometric_mean
		greatest histogram hour if json_array_length json_exists json_extract json_extract_scalar json_object json_query json_size json_value kurtosis lag last_value lead least listagg
		ln log log10 log2 lower lpad ltrim map map_concat map_entries map_filter map_from_entries map_keys map_values max max_by min min_by
		minute mod month none_match now nth_value ntile nullif parse_datetime percent_rank pi position pow power quarter radians rank reduce regexp_extract_all
		regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy round row row_number rpad rtrim second sign sin sinh skewness
		sqrt starts_with stddev stddev_pop stddev_samp strpos sum tan tanh transform transform_keys transform_values translate trim try typeof unnest upper url_decode url_encode
		uuid var_pop var_samp variance week year zip zip_with at_timezone array map_zip_with reduce_agg grouping normalize overlay extract ends_with bit_length octet_length`)
	for _, macro := range Setup() {
		if rest, found := strings.CutPrefix(macro, "CREATE MACRO "); found && !strings.HasPrefix(rest, "fl_") && rest[0] != '"' {
			names = append(names, rest[:strings.IndexAny(rest, " (")])
		}
	}
	slices.Sort(names)
	return names
})
