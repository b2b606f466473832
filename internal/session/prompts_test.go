package session

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/sso"
)

// promptsThatAgree are those of a person who says yes and sees the code.
func promptsThatAgree() sso.Prompts {
	return sso.Prompts{
		ConfirmLogin: func(context.Context, sso.LoginRequest) (bool, error) { return true, nil },
		ShowCode:     func(context.Context, sso.DeviceCode) {},
	}
}
