// The bodies of Asio's and Beast's non-template functions: the one file that compiles them.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
