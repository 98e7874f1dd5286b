// The bodies of Asio's non-template functions for TLS: apart, so that what knows no TLS links none.
#include <boost/asio/ssl/impl/src.hpp>
