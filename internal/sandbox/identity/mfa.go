package identity

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"time"
)

// device is a virtual MFA device: a seed, whose it is, and the last step that
// was used, since AWS takes each code once.
type device struct {
	seed     []byte
	userARN  string
	lastStep int64
}

// mfaStep is the time step of RFC 6238 that AWS virtual devices use.
const mfaStep = 30 * time.Second

// AddMFADevice gives the user a virtual MFA device and returns its serial
// number, arn:aws:iam::ACCOUNT:mfa/USER.
func (s *Store) AddMFADevice(userARN string) (serial string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[userARN]
	if !ok {
		return "", fmt.Errorf("user %s is not known", userARN)
	}
	serial = "arn:aws:iam::" + u.AccountID + ":mfa/" + u.Name
	s.devices[serial] = &device{seed: random(20), userARN: userARN, lastStep: -1}
	return serial, nil
}

// MFACode returns the code the device shows now.
func (s *Store) MFACode(serial string) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d, ok := s.devices[serial]
	if !ok {
		return "", false
	}
	return d.code(s.step()), true
}

// MFAResult says how a code was judged.
type MFAResult int

// How a code was judged.
const (
	MFAOK          MFAResult = iota
	MFAWrongDevice           // no such device, or another user's
	MFAWrongCode             // wrong, stale, or used before
)

// CheckMFA judges a code that the user gave for the device. The codes of the
// step before and after are taken too, each once.
func (s *Store) CheckMFA(userARN, serial, code string) MFAResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.devices[serial]
	if !ok || d.userARN != userARN {
		return MFAWrongDevice
	}
	now := s.step()
	for step := now - 1; step <= now+1; step++ {
		if step > d.lastStep && hmac.Equal([]byte(d.code(step)), []byte(code)) {
			d.lastStep = step
			return MFAOK
		}
	}
	return MFAWrongCode
}

func (s *Store) step() int64 { return s.clock.Now().Unix() / int64(mfaStep/time.Second) }

// code is the six-digit value of RFC 6238 with HMAC-SHA-1.
func (d *device) code(step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, d.seed)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}
