package signature_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/signature"
)

// vector is a signed request that AWS publishes with its signature.
type vector struct {
	name, method, url, body string
	header                  map[string]string
	auth                    string
	service                 string
	secret                  string
	now                     string
}

const (
	s3Secret  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	iamSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	s3Auth    = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
)

// vectors are the examples of
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html,
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html and
// the "ListUsers" example of the general signing guide.
func vectors() []vector {
	return []vector{
		{
			name: "S3 GET with a range", method: "GET", url: "http://examplebucket.s3.amazonaws.com/test.txt",
			header: map[string]string{"Range": "bytes=0-9", "X-Amz-Content-Sha256": emptyHash, "X-Amz-Date": "20130524T000000Z"},
			auth: s3Auth + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date," +
				"Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		},
		{
			name: "S3 PUT with an odd name", method: "PUT", url: "http://examplebucket.s3.amazonaws.com/test$file.text", body: "Welcome to Amazon S3.",
			header: map[string]string{
				"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Date": "20130524T000000Z", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY",
				"X-Amz-Content-Sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			},
			auth: s3Auth + "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class," +
				"Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		},
		{
			name: "S3 GET with a parameter that has no value", method: "GET", url: "http://examplebucket.s3.amazonaws.com/?lifecycle",
			header: map[string]string{"X-Amz-Content-Sha256": emptyHash, "X-Amz-Date": "20130524T000000Z"},
			auth: s3Auth + "SignedHeaders=host;x-amz-content-sha256;x-amz-date," +
				"Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		},
		{
			name: "S3 GET with parameters", method: "GET", url: "http://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
			header: map[string]string{"X-Amz-Content-Sha256": emptyHash, "X-Amz-Date": "20130524T000000Z"},
			auth: s3Auth + "SignedHeaders=host;x-amz-content-sha256;x-amz-date," +
				"Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		},
		{
			name: "S3 presigned", method: "GET",
			url: "http://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
				"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z" +
				"&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
				"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
		},
		{
			name: "IAM", method: "GET", url: "http://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "X-Amz-Date": "20150830T123600Z"},
			auth: "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, " +
				"Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
			service: "iam", secret: iamSecret, now: "20150830T123600Z",
		},
	}
}

func (v vector) verify(t *testing.T, change func(*http.Request), body string) *signature.Refusal {
	t.Helper()
	r := httptest.NewRequest(v.method, v.url, strings.NewReader(body))
	for name, value := range v.header {
		r.Header.Set(name, value)
	}
	if v.auth != "" {
		r.Header.Set("Authorization", v.auth)
	}
	if change != nil {
		change(r)
	}
	service, secret, at := "s3", s3Secret, "20130524T000100Z"
	if v.service != "" {
		service, secret, at = v.service, v.secret, v.now
	}
	now, err := time.Parse("20060102T150405Z", at)
	if err != nil {
		t.Fatal(err)
	}
	signed, refusal := signature.Parse(r)
	if refusal != nil {
		return refusal
	}
	rules := signature.Rules{Service: service, Region: func(r string) bool { return r == "us-east-1" }, Now: now}
	return signed.Verify(rules, signature.Key{Secret: secret}, []byte(body))
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors() {
		if refusal := v.verify(t, nil, v.body); refusal != nil {
			t.Errorf("%s: refused: %v", v.name, refusal)
		}
		refusal := v.verify(t, func(r *http.Request) { r.URL.Path += "x" }, v.body)
		if refusal == nil || refusal.Reason != signature.SignatureMismatch {
			t.Errorf("%s: another path got %v", v.name, refusal)
		}
		refusal = v.verify(t, func(r *http.Request) { r.Method = "DELETE" }, v.body)
		if refusal == nil || refusal.Reason != signature.SignatureMismatch {
			t.Errorf("%s: another method got %v", v.name, refusal)
		}
		refusal = v.verify(t, func(r *http.Request) { r.Host = "elsewhere.amazonaws.com" }, v.body)
		if refusal == nil || refusal.Reason != signature.SignatureMismatch {
			t.Errorf("%s: another host got %v", v.name, refusal)
		}
	}
}

func TestIncomplete(t *testing.T) {
	t.Parallel()
	v := vectors()[0]
	for _, auth := range []string{
		"AWS4-HMAC-SHA512 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0",
		"AWS4-HMAC-SHA256 nonsense",
		"AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request,SignedHeaders=host",
		"AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/aws4_request,SignedHeaders=host,Signature=0",
		"AWS4-HMAC-SHA256 Credential=/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0",
		"AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws5_request,SignedHeaders=host,Signature=0",
	} {
		refusal := v.verify(t, func(r *http.Request) { r.Header.Set("Authorization", auth) }, "")
		if refusal == nil || refusal.Reason != signature.Incomplete {
			t.Errorf("%q got %v", auth, refusal)
		}
	}
	for _, date := range []string{"", "yesterday"} {
		refusal := v.verify(t, func(r *http.Request) { r.Header.Set("X-Amz-Date", date) }, "")
		if refusal == nil || refusal.Reason != signature.Incomplete {
			t.Errorf("date %q got %v", date, refusal)
		}
	}
	for _, expires := range []string{"604801", "-1", "soon"} {
		presigned := vectors()[4]
		presigned.url = strings.Replace(presigned.url, "X-Amz-Expires=86400", "X-Amz-Expires="+expires, 1)
		if refusal := presigned.verify(t, nil, ""); refusal == nil || refusal.Reason != signature.Incomplete {
			t.Errorf("expires %q got %v", expires, refusal)
		}
	}
}

// FuzzParse sees that no request makes the parser or the canonical form panic.
func FuzzParse(f *testing.F) {
	for _, v := range vectors() {
		path, query, _ := strings.Cut(strings.TrimPrefix(v.url, "http://"), "?")
		_, path, _ = strings.Cut(path, "/")
		f.Add("/"+path, query, v.auth)
	}
	f.Add("/%2F%zz", "a=%&;=", "AWS4-HMAC-SHA256 ,,=,")
	f.Fuzz(func(_ *testing.T, path, query, auth string) {
		r := httptest.NewRequest("GET", "http://h/", nil)
		r.URL.RawPath, r.URL.Path, r.URL.RawQuery = path, path, query
		r.Header.Set("Authorization", auth)
		r.Header.Set("X-Amz-Date", "20130524T000000Z")
		signed, refusal := signature.Parse(r)
		if refusal != nil {
			return
		}
		now := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
		signed.Verify(signature.Rules{Service: signed.Service, Region: func(string) bool { return true }, Now: now}, signature.Key{}, nil)
	})
}
