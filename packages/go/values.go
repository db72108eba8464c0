package aboveboard

import (
	"regexp"
	"strings"
	"time"
)

// MaxNumber is the largest number that a field holds.
const MaxNumber = 1<<53 - 1

// Fields are names with what they hold.
type Fields map[string]any

// With gives the fields with one more, and leaves these as they are.
func (fields Fields) With(name string, value any) Fields {
	held := make(Fields, len(fields)+1)
	for other, value := range fields {
		held[other] = value
	}
	held[name] = value
	return held
}

// Milliseconds gives a time as timings have it.
func Milliseconds(took time.Duration) float64 { return float64(took) / float64(time.Millisecond) }

// Version is a version, made by VersionOf. The zero value is none, and a field without one is left out.
type Version struct{ text string }

var versions = regexp.MustCompile(`(?s)^v?\d{1,5}(\.\d{1,5}){0,2}(-[^+]*)?(\+.*)?$`)

// VersionOf reads what begins as a version does; the agent keeps three numbers and the channel.
func VersionOf(text string) Version {
	if !versions.MatchString(text) {
		return Version{}
	}
	return Version{text}
}

func (version Version) String() string { return version.text }

// Country is a country, made by CountryOf. The zero value is none, and a field without one is left out.
type Country struct{ code string }

var countries = regexp.MustCompile(`^[A-Z]{2}$`)

// CountryOf reads DE, or the region of a locale: de_DE.UTF-8, pt-BR.
func CountryOf(text string) Country {
	tag, _, _ := strings.Cut(strings.ReplaceAll(text, "@", "."), ".")
	regions := strings.Split(strings.ReplaceAll(tag, "-", "_"), "_")
	regions[0] = text
	for _, region := range regions {
		if countries.MatchString(region) {
			return Country{region}
		}
	}
	return Country{}
}

func (country Country) String() string { return country.code }
