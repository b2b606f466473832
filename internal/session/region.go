package session

import "github.com/fairleadhq/fairlead/internal/awsnet"

// CheckRegion refuses text that cannot be a region; origin says where it was
// given. The fault has the code config. Open refuses the same; this is for a
// region that is to be saved.
func CheckRegion(region, origin string) error { return awsnet.CheckRegion(region, origin) }
