/*
 * A person who is signed in makes a code that is good once and for two minutes; the
 * browser that brings it (a phone that saw it as a QR code) is signed in as them.
 */
#include "config.h"

#include "fcgi/h_device.h"
#include "fcgi/provider.h"

static bool
enabled(const struct conf *conf)
{
	(void)conf;
	return true;
}

const struct auth_provider provider_pairing = {
	.name = "pairing",
	.enabled = enabled,
	.finish = device_sign_in,
};
