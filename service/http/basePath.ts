export const basePath = '/v1/shop-access/email';
