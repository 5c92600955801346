#pragma once
// What a peer or the machine can cause is a result; an exception is a bug or a failed start.

#include <verbatim/base/errc.hpp>

#include <boost/system/result.hpp>

namespace verbatim {

using error_code = boost::system::error_code;

template <class T>
using result = boost::system::result<T, error_code>;

} // namespace verbatim
